import { product } from '@ttrec/core';
import ndarray, { type NdArray } from 'ndarray';
import { checkOptions, checkTT } from '../check-arguments.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import type { MatmulOption } from '../linear-algebra/matmul.ts';
import { rowDigits } from '../shapes/row-digits.ts';
import { contract, ofSlices } from './contract.ts';
import { flatten, isMatrix, type TT } from './flat-tt.ts';
import type { TTMatrix } from './tt-matrix.ts';
import { columnOffsets, rowOffsets } from './tt-order.ts';

/**
 * Row `i` of the table, [prod q_k], in float64: the chain of the d slices that its digits name.
 * O(sum over k of q_1 … q_k r_k r_{k+1}).
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/row-out-of-range`
 */
export function row(tt: TTMatrix, i: number): Float64Array {
  checkTT('tt', tt, 'matrix');
  const digits = rowDigits(i, tt.shape.rowShape);
  const slices = tt.cores.map(({ data, offset, shape, stride }, k) =>
    contiguous({
      data,
      offset: offset + digits[k]! * stride[0]!,
      shape: shape.slice(1),
      stride: stride.slice(1),
    }),
  );
  return contract(ofSlices(slices, tt.shape.ranks));
}

/**
 * Everything, in float64: of a TT-matrix the table [prod p_k][prod q_k], padded rows included; of a TT-tensor the
 * tensor [n_1] … [n_d]. O(N D r) with r the last inner rank.
 *
 * @throws `tensor-train/bad-tt`
 */
export function toDense(tt: TT, options: MatmulOption = {}): NdArray<Float64Array> {
  checkTT('tt', tt);
  const { matmul } = checkOptions('toDense', options, ['matmul']);
  const entries = contract(flatten(tt), matmul);
  if (!isMatrix(tt)) return ndarray(entries, [...tt.modes]);
  const columns = columnOffsets(tt.shape);
  const dense = new Float64Array(entries.length);
  let to = 0;
  for (const start of rowOffsets(tt.shape))
    for (const column of columns) dense[to++] = entries[start + column]!;
  return ndarray(dense, [product(tt.shape.rowShape), product(tt.shape.colShape)]);
}
