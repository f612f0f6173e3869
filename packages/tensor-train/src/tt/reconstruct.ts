import { product } from '@ttrec/core';
import ndarray, { type NdArray } from 'ndarray';
import { checkInteger, checkOptions, checkTT, isList } from '../check.ts';
import { error } from '../error.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import { type Matmul, matmul as plainMatmul, type MatmulOption } from '../linear-algebra/matmul.ts';
import { scaleInPlace } from '../linear-algebra/powers-of-two.ts';
import { rowDigits } from '../shapes/row-digits.ts';
import { inRange } from './balance.ts';
import { chainOf, contract, ofSlices } from './contract.ts';
import { fromPieces } from './copy-pieces.ts';
import { flatten, isMatrix, type TT } from './flat-tt.ts';
import type { TTMatrix } from './tt-matrix.ts';
import { columnOffsets, rowOffsets } from './tt-order.ts';
import type { TTTensor } from './tt-tensor.ts';

/** Of one array of float64: 32 GiB. */
const MOST_ENTRIES = 2 ** 32;

/**
 * Row `i` of a TT-matrix, [prod q_k], in float64: the chain product of the slices that its digits select.
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
 * All entries in float64: the table [prod p_k][prod q_k] of a TT-matrix, padded rows included, or the tensor [n_1] …
 * [n_d] of a TT-tensor. O(N D r) with r the last inner rank.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/too-large` above 2^32 entries
 */
export function toDense(tt: TT, options: MatmulOption = {}): NdArray<Float64Array> {
  checkTT('tt', tt);
  const { matmul } = checkOptions('toDense', options, ['matmul']);
  const count = isMatrix(tt) ? product(tt.shape.rowShape) * product(tt.shape.colShape) : product(tt.modes);
  if (count > MOST_ENTRIES) {
    throw error('too-large', {
      subject: 'tt',
      rule: 'must have at most 2^32 entries to be reconstructed',
      got: count,
    });
  }
  if (!isMatrix(tt)) return ndarray(contract(flatten(tt), matmul), [...tt.modes]);
  return ndarray(tableOf(tt, matmul), [product(tt.shape.rowShape), product(tt.shape.colShape)]);
}

/** Entries of a block of a table, which caches hold. */
const BLOCK_ENTRIES = 2 ** 18;

/** The entries of a TT-matrix, [N][D]: the last product is that of blocks of rows, which go to their places at once. */
function tableOf({ shape, cores }: TTMatrix, matmul: Matmul = plainMatmul): Float64Array {
  const given = flatten({ shape, cores });
  const safe = inRange(given);
  const { modes, ranks } = safe;
  const [d, last] = [modes.length - 1, safe.cores.at(-1)!];
  const before = { modes: modes.slice(0, d), ranks: ranks.slice(0, d + 1), cores: safe.cores.slice(0, d) };
  const { values: head, exponent } = chainOf(
    { ...before, exponent: safe.exponent },
    { matmul, isBalanced: safe !== given },
  );
  const [n, k] = [modes[d]!, ranks[d]!];
  const [p, q, numCols] = [shape.rowShape[d]!, shape.colShape[d]!, product(shape.colShape)];
  const places = rowOffsets(shape);
  const layout = { offsets: columnOffsets(shape).filter((_, j) => j % q === 0), q };
  const dense = new Float64Array(places.length * numCols);
  // The rows that share their first digit are one stretch of the table and of the entries in TT order.
  const digits = d === 0 ? 1 : shape.rowShape[0]!;
  const length = dense.length / digits;
  const most = Math.max(1, Math.floor(BLOCK_ENTRIES / length));
  const block = new Float64Array(Math.min(most, digits) * length);
  for (let first = 0; first < digits; first += most) {
    const count = Math.min(most, digits - first) * length;
    const [start, rows] = [first * length, count / n];
    matmul({ a: head.subarray((start / n) * k, (start / n + rows) * k), b: last, out: block, m: rows, n, k });
    scaleInPlace(block, exponent, count);
    const copy = fromPieces(block, dense, layout);
    for (let at = start; at < start + count; at += p * numCols) copy(places[at / numCols]! - start, p, at);
  }
  return dense;
}

/**
 * One entry of a TT-tensor, in float64. O(sum over k of r_k r_{k+1}).
 *
 * @param index i_k, [d]
 * @throws `tensor-train/bad-tt`, `tensor-train/index-out-of-range`
 */
export function entry(tt: TTTensor, index: readonly number[]): number {
  checkTT('tt', tt, 'tensor');
  if (!isList(index) || index.length !== tt.modes.length) {
    throw error('index-out-of-range', {
      subject: 'index',
      rule: `must have one entry for each of the ${tt.modes.length} modes`,
      got: index,
    });
  }
  const slices = tt.cores.map(({ data, offset, shape, stride }, k) => {
    checkInteger('index-out-of-range', `index[${k}]`, index[k]!, 0, tt.modes[k]! - 1);
    const [left, , right] = shape as [number, number, number];
    const [s0, s1, s2] = stride as [number, number, number];
    return contiguous({ data, offset: offset + index[k]! * s1, shape: [left, right], stride: [s0, s2] });
  });
  return contract(ofSlices(slices, tt.ranks))[0]!;
}
