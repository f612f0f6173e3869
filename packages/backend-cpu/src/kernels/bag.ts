import type { BagBackwardArgs, BagForwardArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../arrays.ts';
import { Scratch } from '../scratch.ts';

export function createBagForward(arrays: Arrays): (args: BagForwardArgs) => void {
  const sum = new VectorSum();

  return ({ rows, index, pooling, weights, out, columns }) => {
    const table = arrays.float32(rows.buffer);
    const offsets = arrays.uint32(index.offsets.buffer);
    const lookupRow = arrays.uint32(index.lookupRow.buffer);
    const weight = weights && arrays.float32(weights.buffer);
    const target = arrays.float32(out.buffer);
    for (let bag = 0; bag < index.bags; bag++) {
      const start = offsets[index.offsets.start + bag]!;
      const end = offsets[index.offsets.start + bag + 1]!;
      sum.clear(rows.cols);
      for (let l = start; l < end; l++) {
        const row = lookupRow[index.lookupRow.start + l]!;
        const scale = weight === undefined ? 1 : weight[weights!.start + l]!;
        sum.add(table, blockOffset(rows) + row * rows.buffer.cols, scale);
      }
      const feature = Math.floor(bag / out.rows);
      const to = blockOffset(out) + (bag % out.rows) * out.buffer.cols + columns[feature]!;
      sum.store(target, to, pooling === 'mean' && end > start ? end - start : 1);
    }
  };
}

export function createBagBackward(arrays: Arrays): (args: BagBackwardArgs) => void {
  const sum = new VectorSum();

  return ({ gradOut, columns, index, byRow, pooling, weights, gradRows }) => {
    const source = arrays.float32(gradOut.buffer);
    const offsets = arrays.uint32(index.offsets.buffer);
    const rowOffsets = arrays.uint32(byRow.rowOffsets.buffer);
    const rowLookups = arrays.uint32(byRow.rowLookups.buffer);
    const lookupBag = arrays.uint32(byRow.lookupBag.buffer);
    const weight = weights && arrays.float32(weights.buffer);
    const target = arrays.float32(gradRows.buffer);
    const scaleOf = (lookup: number, bag: number): number => {
      if (weight !== undefined) return weight[weights!.start + lookup]!;
      if (pooling === 'sum') return 1;
      const at = index.offsets.start + bag;
      return 1 / (offsets[at + 1]! - offsets[at]!);
    };
    for (let row = 0; row < byRow.rows; row++) {
      const end = rowOffsets[byRow.rowOffsets.start + row + 1]!;
      sum.clear(gradRows.cols);
      for (let i = rowOffsets[byRow.rowOffsets.start + row]!; i < end; i++) {
        const lookup = rowLookups[byRow.rowLookups.start + i]!;
        const bag = lookupBag[byRow.lookupBag.start + lookup]!;
        const column = columns[Math.floor(bag / gradOut.rows)]!;
        const from = blockOffset(gradOut) + (bag % gradOut.rows) * gradOut.buffer.cols + column;
        sum.add(source, from, scaleOf(lookup, bag));
      }
      sum.store(target, blockOffset(gradRows) + row * gradRows.buffer.cols, 1);
    }
  };
}

/** A weighted sum of rows in float64, rounded once. */
class VectorSum {
  readonly #scratch = new Scratch((length) => new Float64Array(length));
  #sums = new Float64Array(0);
  #length = 0;
  #empty = true;

  clear(length: number): void {
    this.#sums = this.#scratch.reserve(length);
    this.#length = length;
    this.#empty = true;
  }

  add(data: Float32Array, from: number, scale: number): void {
    const sums = this.#sums;
    const length = this.#length;
    if (this.#empty) {
      for (let j = 0; j < length; j++) sums[j] = scale * data[from + j]!;
      this.#empty = false;
      return;
    }
    for (let j = 0; j < length; j++) sums[j]! += scale * data[from + j]!;
  }

  store(data: Float32Array, to: number, divisor: number): void {
    const sums = this.#sums;
    const length = this.#length;
    if (this.#empty) data.fill(0, to, to + length);
    else for (let j = 0; j < length; j++) data[to + j] = sums[j]! / divisor;
  }
}
