import { oncePer } from '../remembered.ts';
import { completionsOf, type Choice, type Completions } from './completions.ts';

export interface Solution {
  /** For each table, the position of its choice in its list. */
  readonly picks: readonly number[];
  readonly bytes: number;
  readonly loss: number;
  /**
   * No combination within the budget has a smaller loss. If the search was complete, this is the smaller of `loss` and
   * `below`.
   */
  readonly lowerBound: number;
}

/** The most partial solutions times choices for one table. 80 tables of a hundred options each stay far below. */
const WORK = 4_000_000;

/**
 * Losses are rounded to multiples of this, so that their sums are exact in any order. A combination then always has the same
 * loss, and the loss of a larger budget is never larger by rounding alone.
 */
const LOSS_GRID = 2 ** -46;

/** The contribution of a table's loss to that of the model, rounded to `LOSS_GRID`. */
export function addedLoss(scale: number, loss: number): number {
  return Math.round((scale * loss) / LOSS_GRID) * LOSS_GRID;
}

/** More than the rounding error of a bound, less than the difference of two losses. */
const TIE = LOSS_GRID / 2;

/**
 * The combination of one choice for each table that has the smallest loss within a budget: dynamic programming over bytes,
 * with bounds.
 *
 * Partial solutions over the first tables are a sparse list of (bytes, loss) without dominated entries. An entry is dropped
 * when the linear relaxation of the remaining tables (see `completionsOf`) cannot bring it below the best known
 * combination. Bytes are integers and never rounded, so the result is the optimum. If a list exceeds `WORK`, the entries
 * with the worst bounds are dropped too, and the best of their bounds becomes `lowerBound`.
 *
 * Sinha and Zoltners, "The multiple-choice knapsack problem", Operations Research 27, 1979, for relaxation and dominance.
 *
 * @param lists for each table, choices by rising bytes and falling loss
 * @param below the search is for combinations with a smaller loss; if there are none, the solution is that of the relaxation
 * @returns undefined if the smallest choices do not fit
 */
export function chooseOptions(
  lists: readonly (readonly Choice[])[],
  budget: number,
  below = Infinity,
): Solution | undefined {
  const { order, ordered, completions } = orderedLists(lists);
  if (completions[0]!.leastBytes > budget) return undefined;
  const { best, dropped } = search(ordered, completions, { budget, below });
  const inOrder = picksOf(best, completions, budget);
  const picks = lists.map((_, t) => inOrder[order.indexOf(t)]!);
  const sum = (field: 'bytes' | 'loss') =>
    picks.reduce((total, pick, t) => total + lists[t]![pick]![field], 0);
  const loss = sum('loss');
  return { picks, bytes: sum('bytes'), loss, lowerBound: Math.min(loss, below, dropped) };
}

interface OrderedLists {
  readonly order: readonly number[];
  readonly ordered: readonly (readonly Choice[])[];
  readonly completions: readonly Completions[];
}

/** The same for every budget. Large tables first: the small ones then fill what is left in small steps. */
const orderedLists = oncePer((lists: readonly (readonly Choice[])[]): OrderedLists => {
  const order = [...lists.keys()].sort((a, b) => lists[b]!.at(-1)!.bytes - lists[a]!.at(-1)!.bytes);
  const ordered = order.map((t) => lists[t]!);
  return { order, ordered, completions: completionsOf(ordered) };
});

/** The choices of the first `depth` tables. */
interface Partial extends Choice {
  readonly depth: number;
  readonly pick: number;
  readonly before: Partial | undefined;
  /** No completion within the budget has a smaller loss. */
  readonly bound: number;
}

interface Incumbent {
  readonly loss: number;
  readonly partial: Partial;
}

function search(
  lists: readonly (readonly Choice[])[],
  completions: readonly Completions[],
  { budget, below }: { readonly budget: number; readonly below: number },
): { best: Partial; dropped: number } {
  const root: Partial = { bytes: 0, loss: 0, depth: 0, pick: -1, before: undefined, bound: 0 };
  let incumbent: Incumbent = { loss: Math.min(below, completions[0]!.reached(budget)), partial: root };
  let partials = [root];
  let dropped = Infinity;
  lists.forEach((choices, t) => {
    const next: Partial[] = [];
    const rest = completions[t + 1]!;
    for (const before of partials) {
      for (let pick = 0; pick < choices.length; pick++) {
        const bytes = before.bytes + choices[pick]!.bytes;
        const left = budget - bytes;
        if (left < rest.leastBytes) break;
        const loss = before.loss + choices[pick]!.loss;
        const bound = loss + rest.bound(left);
        if (bound >= incumbent.loss - TIE) continue;
        const partial = { bytes, loss, depth: t + 1, pick, before, bound };
        const reached = loss + rest.reached(left);
        if (reached < incumbent.loss) incumbent = { loss: reached, partial };
        next.push(partial);
      }
    }
    const alive = undominated(next.filter(({ bound }) => bound < incumbent.loss - TIE));
    const limit = Math.max(64, Math.floor(WORK / (lists[t + 1]?.length ?? 1)));
    const kept = alive.length <= limit ? alive : mostPromising(alive, limit);
    if (kept !== alive) dropped = Math.min(dropped, leastBoundWithout(alive, kept));
    partials = kept;
  });
  return { best: incumbent.partial, dropped };
}

/** Removes dominated entries; the result is by ascending bytes. */
function undominated(partials: Partial[]): Partial[] {
  partials.sort((a, b) => a.bytes - b.bytes || a.loss - b.loss);
  let least = Infinity;
  return partials.filter(({ loss }) => {
    if (loss >= least) return false;
    least = loss;
    return true;
  });
}

function mostPromising(partials: readonly Partial[], limit: number): Partial[] {
  return [...partials]
    .sort((a, b) => a.bound - b.bound)
    .slice(0, limit)
    .sort((a, b) => a.bytes - b.bytes);
}

function leastBoundWithout(all: readonly Partial[], kept: readonly Partial[]): number {
  const keptSet = new Set(kept);
  return all.reduce(
    (least, partial) => (keptSet.has(partial) ? least : Math.min(least, partial.bound)),
    Infinity,
  );
}

/** The choices of a partial solution, followed by those of the relaxation for the remaining tables. */
function picksOf(best: Partial, completions: readonly Completions[], budget: number): number[] {
  const picks: number[] = [];
  for (let at = best; at.before !== undefined; at = at.before) picks.unshift(at.pick);
  return [...picks, ...completions[best.depth]!.picks(budget - best.bytes)];
}
