import { checkInteger, MAX_ROWS } from '../check.ts';
import { mostBalancedSplit } from './balanced-split.ts';

/** Entropies of equally balanced splits differ by rounding only; others differ by far more. */
const TIE = 1e-12;

/**
 * Row factors for a table of N rows, by the rule of TT-Rec: for each k below the number of digits of N, N is rounded up
 * to a multiple of 10^k and split into d factors as evenly as its primes allow. Of these splits, the one of largest
 * normalised entropy is returned, the first on a tie. The product is at least N. Below 50 ms for any N.
 *
 * Yin et al., "TT-Rec", MLSys 2021, §3; the rule goes back to t3f's suggested shapes.
 *
 * @param numRows N, 1 … 2^32
 * @param cores d
 * @returns p_k, [d], ascending up to d = 3; from d = 4 on, smaller and larger ones take turns
 * @throws `tensor-train/bad-num-rows`, `tensor-train/bad-cores`
 */
export function rowShape(numRows: number, cores: number): number[] {
  checkInteger('bad-num-rows', 'numRows', numRows, 1, MAX_ROWS);
  checkInteger('bad-cores', 'cores', cores);
  let best = mostBalancedSplit(numRows, cores);
  for (let unit = 10; unit <= numRows; unit *= 10) {
    const split = mostBalancedSplit(Math.ceil(numRows / unit) * unit, cores);
    if (split.entropy > best.entropy + TIE) best = split;
  }
  return takeTurns(best.factors);
}

/**
 * Column factors for an embedding dimension D, which they multiply to exactly: the split of largest normalised entropy.
 * A prime D becomes 1, …, 1, D. Yin et al., "TT-Rec", MLSys 2021, §3.
 *
 * @param dim D
 * @param cores d
 * @returns q_k, [d], in the order of `rowShape`
 * @throws `tensor-train/bad-num-cols`, `tensor-train/bad-cores`
 */
export function colShape(dim: number, cores: number): number[] {
  checkInteger('bad-num-cols', 'numCols', dim, 1, MAX_ROWS);
  checkInteger('bad-cores', 'cores', cores);
  return takeTurns(mostBalancedSplit(dim, cores).factors);
}

/**
 * Row factors that differ by at most one, ascending, with the smallest product that holds N rows. They pad less than
 * those of `rowShape` where N has no convenient multiple. O(d).
 *
 * @param numRows N, 1 … 2^32
 * @param cores d
 * @returns p_k, [d]
 * @throws `tensor-train/bad-num-rows`, `tensor-train/bad-cores`
 */
export function balancedRowShape(numRows: number, cores: number): number[] {
  checkInteger('bad-num-rows', 'numRows', numRows, 1, MAX_ROWS);
  checkInteger('bad-cores', 'cores', cores);
  let base = Math.floor(numRows ** (1 / cores));
  if ((base + 1) ** cores <= numRows) base++;
  let larger = 0;
  while (base ** (cores - larger) * (base + 1) ** larger < numRows) larger++;
  return Array.from({ length: cores }, (_, k) => (k < cores - larger ? base : base + 1));
}

/** Alternates the smaller and the larger half of an ascending list: a, c, b, d. Three stay as they are. */
function takeTurns(ascending: readonly number[]): number[] {
  const half = Math.floor(ascending.length / 2);
  return ascending.map((_, k) => (k < 2 * half ? ascending[(k >> 1) + (k % 2) * half]! : ascending[k]!));
}
