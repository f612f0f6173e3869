import { matmul as plainMatmul, type Matmul } from '../linear-algebra/matmul.ts';
import { trainOf, type TensorTrain, type Train } from '../trains/train.ts';
import { checkSameModes } from './same-modes.ts';

/**
 * The inner product of two trains of the same factors: the sum of the products of all entries, in float64 and without
 * reconstruction. With ranks r and s: O(sum over k of p_k q_k r_k s_{k+1} (s_k + r_{k+1})).
 *
 * Oseledets 2011, algorithm 4.
 *
 * @throws `tensor-train/different-factors`
 */
export function innerProduct<T extends TensorTrain>(
  a: T,
  b: T,
  { matmul = plainMatmul }: { matmul?: Matmul } = {},
): number {
  checkSameModes('innerProduct', a, b);
  return innerOfTrains(trainOf(a), trainOf(b), matmul);
}

/** From the left: M_{k+1} [s'][r'] = sum over i of B[:,i,:]^T M_k A[:,i,:]. */
export function innerOfTrains(a: Train, b: Train, matmul: Matmul): number {
  let chain: Float64Array = Float64Array.of(1);
  a.cores.forEach((core, k) => {
    const [left, right] = [a.ranks[k]!, a.ranks[k + 1]!];
    const [otherLeft, otherRight] = [b.ranks[k]!, b.ranks[k + 1]!];
    const mode = a.modes[k]!;
    const carried = new Float64Array(otherLeft * mode * right);
    matmul({ a: chain, b: core, out: carried, m: otherLeft, n: mode * right, k: left });
    chain = new Float64Array(otherRight * right);
    const shape = { m: otherRight, n: right, k: otherLeft * mode };
    matmul({ a: b.cores[k]!, b: carried, out: chain, ...shape, transposeA: true });
  });
  return chain[0]!;
}
