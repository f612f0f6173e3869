import { matmul as plainMatmul, type Matmul } from '../linear-algebra/matmul.ts';
import { trainOf, type TensorTrain, type Train } from '../trains/train.ts';
import { innerOfTrains } from './inner-product.ts';

/**
 * The Frobenius norm of the whole table (padded rows included), in float64 and without reconstruction.
 * O(sum over k of p_k q_k r_k r_{k+1} (r_k + r_{k+1})).
 *
 * Oseledets 2011, §4.2.
 */
export function frobeniusNorm(tt: TensorTrain, { matmul = plainMatmul }: { matmul?: Matmul } = {}): number {
  return Math.sqrt(squaredNorm(trainOf(tt), matmul));
}

export function squaredNorm(train: Train, matmul: Matmul = plainMatmul): number {
  return Math.max(0, innerOfTrains(train, train, matmul));
}
