import { rightOrthogonal } from '../decompose/orthogonalise.ts';
import { frobenius } from '../decompose/unfold.ts';
import { matmul as plainMatmul, type Matmul } from '../linear-algebra/matmul.ts';
import { trainOf, type TensorTrain } from '../trains/train.ts';
import { addTrains, scaleTrain } from './arithmetic.ts';
import { checkSameModes } from './same-modes.ts';

/**
 * The Frobenius norm of the difference of two trains of the same factors, without reconstruction. Exact to about 1e-15
 * of the norms also when the trains nearly agree, because it is taken from an orthogonalised difference and not from
 * inner products. O(d n (r + s)^3). Oseledets 2011, §4.1 and the first sweep of algorithm 2.
 *
 * @throws `tensor-train/different-factors`
 */
export function distance<T extends TensorTrain>(
  a: T,
  b: T,
  { matmul = plainMatmul }: { matmul?: Matmul } = {},
): number {
  checkSameModes('distance', a, b);
  const difference = addTrains(trainOf(a), scaleTrain(trainOf(b), -1));
  const first = rightOrthogonal(difference, matmul).cores[0]!;
  return frobenius(first, first.length);
}
