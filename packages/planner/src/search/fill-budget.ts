import { LOSS_GRID } from './choose.ts';
import type { Choice } from './completions.ts';
import type { Completions } from './completions.ts';
import type { GrownOptions } from '../options/grown-options.ts';
import type { TableOption } from '../options/table-options.ts';

/** The contribution of a table's loss to that of the model, rounded to `LOSS_GRID`. */
export function addedLoss(scale: number, loss: number): number {
  return Math.round((scale * loss) / LOSS_GRID) * LOSS_GRID;
}

/** A combination of options in which one table has grown into the bytes that the others leave. */
export interface Filled {
  /** For each table, the position of its option; the one of the grown table is not used. */
  readonly picks: readonly number[];
  readonly grown: number;
  readonly option: TableOption;
  readonly loss: number;
}

interface Place {
  /** A combination of the relaxation. */
  readonly breakpoint: Choice;
  readonly table: number;
  readonly bytes: number;
  /** The loss of the other tables. */
  readonly lossOfOthers: number;
  readonly leastLoss: number;
}

/**
 * The best combination within a budget in which all tables but one have their options of a breakpoint of the relaxation, and
 * that one grows into the bytes that they leave. Undefined if none has a loss below `below`.
 *
 * A larger budget never has a larger loss: breakpoints do not depend on the budget, so that it has all combinations of
 * the smaller one; the loss of `GrownOptions.within` never rises with bytes; and a combination is skipped only if its bound
 * is no better than the best one found. The optimum over options that have not grown has the same property if the search for it
 * is complete; otherwise a plan is within its `gap` of every plan of fewer bytes.
 *
 * O(breakpoints · tables · log options), and few options are priced.
 *
 * @param scales the factor of each table's loss in that of the model
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

/** Every breakpoint with every table that could grow, in order of their bounds; only those whose bound is below `below`. */
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
