import type { Choice, Completions } from './completions.ts';

/**
 * A combination within a budget: all tables but one have their choices of a breakpoint of the relaxation, and that one has the best
 * that the others leave bytes for. A good one to start an exact search with. O(breakpoints · tables · log choices).
 *
 * @returns for each table, the position of its choice, and the loss; undefined if no choices fit
 */
export function fillBudget(
  lists: readonly (readonly Choice[])[],
  completions: Completions,
  budget: number,
): { readonly picks: readonly number[]; readonly loss: number } | undefined {
  const picks = lists.map(() => 0);
  const reached = completions.reached(budget);
  let best: { readonly picks: readonly number[]; readonly loss: number } | undefined;
  completions.breakpoints.forEach(({ bytes, loss }, k) => {
    const step = completions.steps[k - 1];
    if (step !== undefined) picks[step.table] = step.to;
    if (bytes > budget) return;
    lists.forEach((list, table) => {
      const own = list[picks[table]!]!;
      // Whatever takes its place, it would be worse than the last breakpoint.
      if (loss - own.loss > reached) return;
      const to = lastWithin(list, budget - bytes + own.bytes);
      const filled = loss - own.loss + list[to]!.loss;
      if (best !== undefined && filled >= best.loss) return;
      best = { picks: picks.map((pick, t) => (t === table ? to : pick)), loss: filled };
    });
  });
  return best;
}

/** The last choice of at most so many bytes; the first must fit. */
function lastWithin(list: readonly Choice[], bytes: number): number {
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (list[middle]!.bytes <= bytes) low = middle;
    else high = middle - 1;
  }
  return low;
}
