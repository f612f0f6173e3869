import { checkOptions, checkTT } from '../check.ts';
import { type Matmul, matmul as plainMatmul, type MatmulOption } from '../linear-algebra/matmul.ts';
import { norm, normalise, timesPowerOfTwo } from '../linear-algebra/powers-of-two.ts';
import { transposed, triangularFactor } from '../linear-algebra/qr.ts';
import { balance } from '../tt/balance.ts';
import { flatten, type FlatTT, type TT } from '../tt/flat-tt.ts';
import { addFlat, negated } from './arithmetic.ts';
import { checkSameModes } from './same-modes.ts';

/**
 * The Frobenius norm, padded rows included, without reconstruction. Returns Infinity where it exceeds float64;
 * `logFrobeniusNorm` does not. It comes from triangular factors instead of squares, so that the norm of a small
 * difference is exact to rounding too. O(sum over k of p_k q_k r_k r_{k+1} (r_k + r_{k+1})).
 *
 * Oseledets 2011, §4.2 and the first sweep of algorithm 2.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/not-finite`
 */
export function frobeniusNorm(tt: TT, options: MatmulOption = {}): number {
  checkTT('tt', tt);
  const { matmul } = checkOptions('frobeniusNorm', options, ['matmul']);
  const { value, exponent } = normOfFlat(flatten(tt), matmul);
  return timesPowerOfTwo(value, exponent);
}

/**
 * The natural logarithm of the Frobenius norm, for tensors of hundreds of modes, whose norm may exceed float64.
 * -Infinity for zeros. As fast as `frobeniusNorm`.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/not-finite`
 */
export function logFrobeniusNorm(tt: TT, options: MatmulOption = {}): number {
  checkTT('tt', tt);
  const { matmul } = checkOptions('logFrobeniusNorm', options, ['matmul']);
  const { value, exponent } = normOfFlat(flatten(tt), matmul);
  return Math.log(value) + exponent * Math.LN2;
}

/**
 * The Frobenius norm of the difference of two TTs of the same factors, without reconstruction. Accurate to about
 * 1e-15 of their norms, also when they nearly agree. O(d n (r + s)^3). Oseledets 2011, §4.1 and the first sweep of
 * algorithm 2.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/different-factors`, `tensor-train/not-finite`
 */
export function distance<T extends TT>(a: T, b: T, options: MatmulOption = {}): number {
  checkSameModes('distance', a, b);
  const { matmul } = checkOptions('distance', options, ['matmul']);
  const { value, exponent } = normOfFlat(addFlat(flatten(a), negated(flatten(b))), matmul);
  return timesPowerOfTwo(value, exponent);
}

/** The norm as value times 2^exponent: a QR sweep from the right that keeps triangular factors only. */
function normOfFlat(tt: FlatTT, matmul: Matmul = plainMatmul): { value: number; exponent: number } {
  const { ranks, cores, exponent: whole } = balance(tt);
  let exponent = whole;
  // R [s][r_{k+1}]: the cores behind core k multiply to R^T times orthonormal rows.
  let factor: Float64Array = Float64Array.of(1);
  for (let k = cores.length - 1; ; k--) {
    const [core, right] = [cores[k]!, ranks[k + 1]!];
    const s = factor.length / right;
    const carried = new Float64Array((core.length / right) * s);
    matmul({ a: core, b: factor, out: carried, m: core.length / right, n: s, k: right, transposeB: true });
    if (k === 0) return { value: norm(carried), exponent };
    const m = ranks[k]!;
    const n = carried.length / m;
    // Ranks may be larger than the rest of the tensor: carried^T itself is then the smaller factor.
    factor = m > n ? transposed(carried, m, n) : triangularFactor({ a: carried, m, n }, 'rows');
    exponent += normalise(factor);
  }
}
