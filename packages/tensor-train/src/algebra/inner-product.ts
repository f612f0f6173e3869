import { checkOptions } from '../check.ts';
import { type Matmul, matmul as plainMatmul, type MatmulOption } from '../linear-algebra/matmul.ts';
import { normalise, timesPowerOfTwo } from '../linear-algebra/powers-of-two.ts';
import { balance } from '../tt/balance.ts';
import { flatten, type FlatTT, type TT } from '../tt/flat-tt.ts';
import { checkSameModes } from './same-modes.ts';

/**
 * The inner product of two TTs of the same factors, without reconstruction. Returns Infinity where it exceeds float64.
 * With ranks r and s:
 * O(sum over k of p_k q_k r_k s_{k+1} (s_k + r_{k+1})).
 *
 * Oseledets 2011, algorithm 4.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/different-factors`, `tensor-train/not-finite`
 */
export function innerProduct<T extends TT>(a: T, b: T, options: MatmulOption = {}): number {
  checkSameModes('innerProduct', a, b);
  const { matmul } = checkOptions('innerProduct', options, ['matmul']);
  return innerOfFlat(balance(flatten(a)), balance(flatten(b)), matmul);
}

/** From the left: M_{k+1} [s'][r'] = sum over i of B[:,i,:]^T M_k A[:,i,:], scaled back near 1 at every step. */
export function innerOfFlat(a: FlatTT, b: FlatTT, matmul: Matmul = plainMatmul): number {
  let chain: Float64Array = Float64Array.of(1);
  let exponent = a.exponent + b.exponent;
  a.cores.forEach((core, k) => {
    const [left, right] = [a.ranks[k]!, a.ranks[k + 1]!];
    const [otherLeft, otherRight] = [b.ranks[k]!, b.ranks[k + 1]!];
    const mode = a.modes[k]!;
    const carried = new Float64Array(otherLeft * mode * right);
    matmul({ a: chain, b: core, out: carried, m: otherLeft, n: mode * right, k: left });
    chain = new Float64Array(otherRight * right);
    const shape = { m: otherRight, n: right, k: otherLeft * mode };
    matmul({ a: b.cores[k]!, b: carried, out: chain, ...shape, transposeA: true });
    exponent += normalise(chain);
  });
  return timesPowerOfTwo(chain[0]!, exponent);
}
