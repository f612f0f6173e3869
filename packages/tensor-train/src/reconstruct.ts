import ndarray, { type NdArray } from 'ndarray';
import { product } from './check.ts';
import { contiguous } from './contiguous.ts';
import { matmul as plainMatmul, type Matmul } from './matmul.ts';
import { rowDigits } from './row-digits.ts';
import { columnOffsets, rowOffsets } from './tt-order.ts';
import type { TTMatrix } from './tt-matrix.ts';

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
 * The whole table, [prod p_k][prod q_k], in float64, padded rows included. O(N D r) with r the last inner rank.
 *
 * @param options.matmul the matrix product to use
 */
export function toDense(
  tt: TTMatrix,
  { matmul = plainMatmul }: { matmul?: Matmul } = {},
): NdArray<Float64Array> {
  const { rowShape, colShape, ranks } = tt.shape;
  let chain: Float64Array = Float64Array.of(1);
  tt.cores.forEach((core, k) => {
    // From [p][r][q][r'] to [r][p][q][r'], so that the core is one matrix with its left rank as rows.
    const right = contiguous(core.transpose(1, 0, 2, 3));
    const m = chain.length / ranks[k]!;
    const n = right.length / ranks[k]!;
    const out = new Float64Array(m * n);
    matmul({ a: chain, b: right, out, m, n, k: ranks[k]! });
    chain = out;
  });
  const rows = rowOffsets({ rowShape, colShape });
  const columns = columnOffsets({ rowShape, colShape });
  const dense = new Float64Array(chain.length);
  let to = 0;
  for (const start of rows) for (const column of columns) dense[to++] = chain[start + column]!;
  return ndarray(dense, [product(rowShape), product(colShape)]);
}
