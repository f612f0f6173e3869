import { checkInteger, MAX_ROWS } from '../check.ts';
import { mostBalancedSplit } from './balanced-split.ts';

/** Entropies of equal splits of different numbers differ by rounding alone; real differences are far larger. */
const TIE = 1e-12;

/**
 * Row factors for a table: N rounded up to a multiple of 10^k, for each k below the number of its digits, split into d
 * factors as evenly as its primes allow; over k, the split of largest normalised entropy, the first on a tie.
 * Their product is at least N; a prime N is padded. Below 50 ms for any N.
 *
 * Yin et al., "TT-Rec", MLSys 2021, §3; the rule goes back to t3f's suggested shapes.
 *
 * @param numRows N, 1 … 2^32
 * @param cores d
 * @returns p_k, [d], ascending up to d = 3; from d = 4 on the smaller half and the larger half take turns
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
 * Column factors for an embedding dimension: exactly D, never rounded, split as evenly as its primes allow
 * (largest normalised entropy). A prime D becomes 1, …, 1, D.
 * Yin et al., "TT-Rec", MLSys 2021, §3.
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
 * Row factors that differ by one at most, ascending; of these shapes the one with the smallest product that still
 * holds N rows. Pads less than `rowShape` where N has no convenient multiple; its factors are not round. O(d).
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

/** Deals the smaller half and the larger half of an ascending list in turn: a, c, b, d. Three stay as they are. */
function takeTurns(ascending: readonly number[]): number[] {
  const half = Math.floor(ascending.length / 2);
  return ascending.map((_, k) => (k < 2 * half ? ascending[(k >> 1) + (k % 2) * half]! : ascending[k]!));
}
