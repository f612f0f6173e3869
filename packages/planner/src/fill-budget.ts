import { LOSS_GRID } from './choose.ts';
import type { Choice } from './completions.ts';
import type { Completions } from './completions.ts';
import type { GrownOptions } from './grown-options.ts';
import type { TableOption } from './options.ts';

/** What a table's loss adds to that of the model, on the grid of losses. */
export function addedLoss(scale: number, loss: number): number {
  return Math.round((scale * loss) / LOSS_GRID) * LOSS_GRID;
}

/** A combination of options of which one table's is grown into what the others leave. */
export interface Filled {
  /** For each table, the position of its option; that of the grown table is of no use. */
  readonly picks: readonly number[];
  readonly grown: number;
  readonly option: TableOption;
  readonly loss: number;
}

interface Place {
  /** A combination on which the relaxation stands. */
  readonly breakpoint: Choice;
  readonly table: number;
  readonly bytes: number;
  /** Of the other tables. */
  readonly lossOfOthers: number;
  readonly leastLoss: number;
}

/**
 * The best combination within a budget in which all tables but one have their options of a breakpoint of the relaxation, and
 * that one takes what they leave; undefined when none loses less than `below`.
 *
 * Plans of more bytes expect no more loss, by construction. Breakpoints are the same for every budget, so that the larger
 * budget has all combinations of the smaller; each loses no more with more bytes, as `GrownOptions.within` does not; and the least
 * of them is found, since one is passed over only where its bound is no better than what was found. The optimum
 * over ungrown options, the other thing that a plan may be, is of the same sort as long as the search for it is complete;
 * where it is not, a plan is within its `gap` of every plan of fewer bytes.
 *
 * O(breakpoints · tables · log options), and few options priced.
 *
 * @param scales by which a table's loss counts in that of the model
 */
export function fillBudget(
  lists: readonly (readonly Choice[])[],
  within: {
    readonly completions: Completions;
    readonly tables: readonly GrownOptions[];
    readonly scales: readonly number[];
    readonly budget: number;
    readonly below: number;
  },
): Filled | undefined {
  const { completions, tables, scales } = within;
  let best: { readonly place: Place; readonly option: TableOption; readonly loss: number } | undefined;
  let least = within.below;
  for (const place of placesBelow(lists, within)) {
    if (place.leastLoss >= least) break;
    const option = tables[place.table]!.within(place.bytes);
    const loss = place.lossOfOthers + addedLoss(scales[place.table]!, option.loss);
    if (loss >= least) continue;
    least = loss;
    best = { place, option, loss };
  }
  if (best === undefined) return undefined;
  const { place, option, loss } = best;
  return { picks: completions.picks(place.breakpoint.bytes), grown: place.table, option, loss };
}

/** Every breakpoint with every table of it to grow, by their bounds, those alone that may be below what is known. */
function placesBelow(
  lists: readonly (readonly Choice[])[],
  { completions, tables, scales, budget, below }: Parameters<typeof fillBudget>[1],
): Place[] {
  const picks = lists.map(() => 0);
  const places: Place[] = [];
  completions.breakpoints.forEach((breakpoint, k) => {
    const step = completions.steps[k - 1];
    if (step !== undefined) picks[step.table] = step.to;
    if (breakpoint.bytes > budget) return;
    for (let table = 0; table < lists.length; table++) {
      const { bytes: own, loss } = lists[table]![picks[table]!]!;
      const bytes = budget - breakpoint.bytes + own;
      const lossOfOthers = breakpoint.loss - loss;
      const leastLoss = lossOfOthers + addedLoss(scales[table]!, tables[table]!.leastLoss(bytes));
      if (leastLoss < below) places.push({ breakpoint, table, bytes, lossOfOthers, leastLoss });
    }
  });
  return places.sort((a, b) => a.leastLoss - b.leastLoss);
}
