import { product } from '@ttrec/core';
import { checkFunction, checkInteger, checkRecord } from '../check.ts';
import { error } from '../error.ts';
import { checkFactorPairs, type Factors, parameterCount } from './tt-shape.ts';

/** At most so many parameters, or so many bytes at 4 bytes a parameter (float32). */
export type Budget = { readonly parameters: number } | { readonly bytes: number };

/** A requested rank above its maximum, which was reduced. */
export interface ClippedRank {
  /** k of r_k, 1 … d - 1. */
  readonly place: number;
  readonly asked: number;
  readonly used: number;
}

/**
 * The maximal TT-ranks: r_k is at most the smaller side of the unfolding between core k - 1 and core k. Larger ranks
 * only add parameters. O(d^2). Oseledets 2011, theorem 2.1.
 *
 * @returns r_k, [d + 1]
 * @throws `tensor-train/bad-factors`, `tensor-train/bad-cores`
 */
export function maximalRanks(rowShape: readonly number[], colShape: readonly number[]): number[] {
  checkFactorPairs({ rowShape, colShape });
  return maximalRanksOfModes(rowShape.map((p, k) => p * colShape[k]!));
}

/** `maximalRanks` of a tensor with modes n_k. */
function maximalRanksOfModes(modes: readonly number[]): number[] {
  return [...modes, 1].map((_, k) => Math.min(product(modes.slice(0, k)), product(modes.slice(k))));
}

/**
 * Clips ranks to r_{k+1} <= r_k n_k and r_k <= n_k r_{k+1}. O(d).
 *
 * @param ranks r_k, [d + 1]
 */
export function clipRanks(
  modes: readonly number[],
  ranks: readonly number[],
): { ranks: number[]; clipped: ClippedRank[] } {
  const used = [...ranks];
  for (let k = 0; k < modes.length; k++) used[k + 1] = Math.min(used[k + 1]!, used[k]! * modes[k]!);
  for (let k = modes.length - 1; k >= 0; k--) used[k] = Math.min(used[k]!, used[k + 1]! * modes[k]!);
  const clipped = ranks.map((asked, place) => ({ place, asked, used: used[place]! }));
  return { ranks: used, clipped: clipped.filter(({ asked, used: kept }) => kept < asked) };
}

/**
 * The largest ranks that fit a budget: the largest uniform rank, clipped to the maximal ranks, then one more for each
 * inner rank in turn until none fits. O(d^2 r).
 *
 * @returns r_k, [d + 1]
 * @throws `tensor-train/budget-too-small` if rank 1 does not fit, `tensor-train/bad-budget`, `bad-factors`
 */
export function ranksForBudget(factors: Factors, budget: Budget): number[] {
  checkFactorPairs(factors);
  const parameters = checkBudget(budget);
  const count = (ranks: readonly number[]) => parameterCount({ ...factors, ranks });
  const ranks = largestRanks(factors, (candidate) => count(candidate) <= parameters);
  if (ranks !== undefined) return ranks;
  const floor = count(maximalRanks(factors.rowShape, factors.colShape).fill(1));
  throw error('budget-too-small', {
    subject: 'parameters' in budget ? 'parameters' : 'bytes',
    rule: `must be at least what rank 1 takes, ${'parameters' in budget ? floor : 4 * floor}`,
    got: 'parameters' in budget ? budget.parameters : budget.bytes,
  });
}

/**
 * `ranksForBudget` for any measure of size, such as that of integer cores with scales.
 *
 * @param fits whether a TT of these ranks fits; if it is false for some ranks, it must be false for all larger ones
 * @returns r_k, [d + 1]; undefined if rank 1 does not fit
 * @throws `tensor-train/bad-factors`
 */
export function largestRanks(
  factors: Factors,
  fits: (ranks: readonly number[]) => boolean,
): number[] | undefined {
  checkFactorPairs(factors);
  checkFunction('fits', fits);
  const most = maximalRanks(factors.rowShape, factors.colShape);
  const uniform = (rank: number) => most.map((limit) => Math.min(limit, rank));
  if (!fits(uniform(1))) return undefined;
  // The maximal ranks of hundreds of modes are infinite; doubling ends before.
  const limit = Math.min(Math.max(...most), Number.MAX_SAFE_INTEGER);
  let low = 1;
  let high = 1;
  while (high < limit && fits(uniform(high))) {
    low = high;
    high = Math.min(2 * high, limit);
  }
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(uniform(middle))) low = middle;
    else high = middle - 1;
  }
  const useful = usefulRanks(factors);
  return raised(uniform(low), (ranks) => useful(ranks) && fits(ranks));
}

/**
 * The ranks whose parameters come closest to a limit from below: of all ranks r, …, r, s with s near r, the most parameters
 * that fit, and then one more for each inner rank in turn. Closer than `largestRanks` where one rank is a large step. A limit
 * that allows more never has fewer parameters. O(d^2 r log r).
 *
 * @param fits as in `largestRanks`
 * @returns r_k, [d + 1]; undefined if rank 1 does not fit
 * @throws `tensor-train/bad-factors`
 */
export function closestRanks(
  factors: Factors,
  fits: (ranks: readonly number[]) => boolean,
): number[] | undefined {
  let best = largestRanks(factors, fits);
  if (best === undefined || best.length < 3) return best;
  const most = maximalRanks(factors.rowShape, factors.colShape);
  const useful = usefulRanks(factors);
  const count = (ranks: readonly number[]) => parameterCount({ ...factors, ranks });
  const last = best.length - 2;
  const [low, high] = [Math.min(...best.slice(1, -1)), Math.max(...best.slice(1, -1))];
  // Outside of these r, both r and s are below all ranks found, or above them and too large.
  for (let rank = 1; rank - reach(rank) <= high; rank++) {
    if (rank + reach(rank) < low) continue;
    const ranks = (other: number) => most.map((limit, k) => Math.min(limit, k === last ? other : rank));
    let [least, beyond] = [Math.max(1, rank - reach(rank)), Math.min(most[last]!, rank + reach(rank)) + 1];
    if (least >= beyond || !fits(ranks(least))) continue;
    while (beyond - least > 1) {
      const middle = Math.floor((least + beyond) / 2);
      if (fits(ranks(middle))) least = middle;
      else beyond = middle;
    }
    if (useful(ranks(least)) && count(ranks(least)) > count(best)) best = ranks(least);
  }
  return raised(best, (ranks) => useful(ranks) && fits(ranks));
}

/** How far the last inner rank may be from the others. */
function reach(rank: number): number {
  return Math.max(2, Math.ceil(rank / 4));
}

function usefulRanks({ rowShape, colShape }: Factors): (ranks: readonly number[]) => boolean {
  const modes = rowShape.map((p, k) => p * colShape[k]!);
  return (ranks) => clipRanks(modes, ranks).clipped.length === 0;
}

/** Raises inner ranks by one in turn until none fits. */
function raised(ranks: readonly number[], fits: (ranks: number[]) => boolean): number[] {
  let best = [...ranks];
  for (let changed = true; changed;) {
    changed = false;
    for (let k = 1; k < best.length - 1; k++) {
      const next = best.map((rank, at) => (at === k ? rank + 1 : rank));
      if (!fits(next)) continue;
      best = next;
      changed = true;
    }
  }
  return best;
}

function checkBudget(budget: Budget): number {
  checkRecord('bad-budget', 'budget', budget);
  if ('parameters' in budget) {
    checkInteger('bad-budget', 'parameters', budget.parameters);
    return budget.parameters;
  }
  checkInteger('bad-budget', 'bytes', budget.bytes);
  return Math.floor(budget.bytes / 4);
}
