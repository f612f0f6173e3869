import { completionsOf, type Choice, type Completions } from './completions.ts';

export interface Solution {
  /** For each table, the position of the choice in its list. */
  readonly picks: readonly number[];
  readonly bytes: number;
  readonly loss: number;
  /**
   * No combination within the budget has a smaller loss than this; when the search was complete, the smaller of `loss` and
   * `below`.
   */
  readonly lowerBound: number;
}

/** Partial solutions times choices looked at for one table. 26 to 80 tables of some hundred options stay far below. */
const WORK = 4_000_000;

/**
 * What losses in the planner are rounded to: sums of any order are then exact, so that the same combination always has the
 * same loss and a larger budget never finds a loss that is larger by rounding.
 */
export const LOSS_GRID = 2 ** -46;

/** A bound is a fraction of a step of the relaxation, and off by far less than this. */
const TIE = LOSS_GRID / 2;

/**
 * The combination, one choice a table, of the smallest loss within a budget: dynamic programming over bytes with bounds.
 *
 * Partial solutions over the first tables are kept sparse, as a list of (bytes, loss) in which nothing costs more and
 * gives less than another. One is dropped when even the linear relaxation of the tables to come (see `completionsOf`)
 * cannot bring it below the best combination known. Bytes are integers and never rounded, so that the result is the
 * optimum; unless a list outgrows its share of work, when the partial solutions of the worst bounds go, the best of
 * them being the `lowerBound` that is then reported.
 *
 * Sinha and Zoltners, "The multiple-choice knapsack problem", Operations Research 27, 1979, for relaxation and dominance.
 *
 * @param lists for each table, choices by rising bytes and falling loss
 * @param below only combinations of a smaller loss are searched for; where there are none, the solution is that of the
 *   relaxation
 * @returns undefined when not even the smallest choices fit
 */
export function chooseOptions(
  lists: readonly (readonly Choice[])[],
  budget: number,
  below = Infinity,
): Solution | undefined {
  // Large tables first: what they leave is filled finely by the small ones.
  const order = [...lists.keys()].sort((a, b) => lists[b]!.at(-1)!.bytes - lists[a]!.at(-1)!.bytes);
  const ordered = order.map((t) => lists[t]!);
  const completions = completionsOf(ordered);
  if (completions[0]!.leastBytes > budget) return undefined;
  const { best, dropped } = search(ordered, completions, { budget, below });
  const inOrder = picksOf(best, completions, budget);
  const picks = lists.map((_, t) => inOrder[order.indexOf(t)]!);
  const sum = (field: 'bytes' | 'loss') =>
    picks.reduce((total, pick, t) => total + lists[t]![pick]![field], 0);
  const loss = sum('loss');
  return { picks, bytes: sum('bytes'), loss, lowerBound: Math.min(loss, below, dropped) };
}

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

/** Those than which no other takes as few bytes for as small a loss, by rising bytes. */
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

/** The choices of a partial solution, then those with which the relaxation completes it. */
function picksOf(best: Partial, completions: readonly Completions[], budget: number): number[] {
  const picks: number[] = [];
  for (let at = best; at.before !== undefined; at = at.before) picks.unshift(at.pick);
  return [...picks, ...completions[best.depth]!.picks(budget - best.bytes)];
}
