import ndarray, { type NdArray } from 'ndarray';
import { product } from '../check.ts';
import { matmul as plainMatmul, type Matmul } from '../linear-algebra/matmul.ts';
import { rowDigits } from '../shapes/row-digits.ts';
import { isMatrix, trainOf, type TensorTrain, type Train } from './train.ts';
import type { TTMatrix } from './tt-matrix.ts';
import { columnOffsets, rowOffsets } from './tt-order.ts';

/**
 * Row `i` of the table, [prod q_k], in float64: the chain of the d slices that its digits name.
 * O(sum over k of q_1 … q_k r_k r_{k+1}).
 *
 * @throws `tensor-train/row-out-of-range`
 */
export function row(tt: TTMatrix, i: number): Float64Array {
  const { rowShape, colShape, ranks } = tt.shape;
  const digits = rowDigits(i, rowShape);
  let value: Float64Array = Float64Array.of(1);
  for (let k = 0, columns = 1; k < digits.length; columns *= colShape[k]!, k++) {
    const { data, offset, stride } = tt.cores[k]!;
    const [s0, s1, s2, s3] = stride as [number, number, number, number];
    const left = ranks[k]!;
    const q = colShape[k]!;
    const right = ranks[k + 1]!;
    const next = new Float64Array(columns * q * right);
    for (let c = 0; c < columns; c++) {
      for (let a = 0; a < left; a++) {
        const factor = value[c * left + a]!;
        for (let j = 0; j < q; j++) {
          const from = offset + digits[k]! * s0 + a * s1 + j * s2;
          const to = (c * q + j) * right;
          for (let b = 0; b < right; b++) next[to + b]! += factor * data[from + b * s3]!;
        }
      }
    }
    value = next;
  }
  return value;
}

/**
 * Everything, in float64: of a TT-matrix the table [prod p_k][prod q_k], padded rows included; of a TT-tensor the
 * tensor [n_1] … [n_d]. O(N D r) with r the last inner rank.
 *
 * @param options.matmul the matrix product to use, plain TypeScript by default
 */
export function toDense(
  tt: TensorTrain,
  { matmul = plainMatmul }: { matmul?: Matmul } = {},
): NdArray<Float64Array> {
  const entries = denseOf(trainOf(tt), matmul);
  if (!isMatrix(tt)) return ndarray(entries, [...tt.modes]);
  const columns = columnOffsets(tt.shape);
  const dense = new Float64Array(entries.length);
  let to = 0;
  for (const start of rowOffsets(tt.shape))
    for (const column of columns) dense[to++] = entries[start + column]!;
  return ndarray(dense, [product(tt.shape.rowShape), product(tt.shape.colShape)]);
}

/** All entries of a train, row-major. */
function denseOf({ ranks, cores }: Train, matmul: Matmul): Float64Array {
  let chain: Float64Array = Float64Array.of(1);
  cores.forEach((core, k) => {
    const inner = ranks[k]!;
    const [m, n] = [chain.length / inner, core.length / inner];
    const out = new Float64Array(m * n);
    matmul({ a: chain, b: core, out, m, n, k: inner });
    chain = out;
  });
  return chain;
}
