import { sliceLength, valueLength, type TTForwardArgs } from '@ttrec/backend/kernels';
import type { Arrays } from '../arrays.ts';
import { Destination, ProductSum } from './product-sum.ts';

export function createTTForward(arrays: Arrays): (args: TTForwardArgs) => void {
  const product = new ProductSum();
  const destination = new Destination();

  return (args) => {
    copyFirstLevel(args, arrays);
    for (let k = 1; k < args.levels.length; k++) multiplyLevel(args, k);
  };

  /** Level k ≥ 1: `value(parent) [Q, r_k] · slice(digit) [r_k, q_k·r_{k+1}]` for every node. */
  function multiplyLevel({ layout, cores, levels, values }: TTForwardArgs, k: number): void {
    const level = levels[k]!;
    const rank = layout.ranks[k]!;
    const columns = layout.colShape[k]! * layout.ranks[k + 1]!;
    const above = valueLength(layout, k - 1);
    const slice = sliceLength(layout, k);
    const rows = above / rank;
    const digit = arrays.uint32(level.digit.buffer);
    const parent = arrays.uint32(level.parent!.buffer);
    product.inner = rank;
    product.a.place(arrays.float32(values[k - 1]!), rank, 1);
    product.b.place(arrays.float32(cores[k]!), 1, columns);
    destination.data = arrays.float32(values[k]!);
    destination.rowStride = columns;
    for (let node = 0; node < level.nodes; node++) {
      product.a.offsets[0] = parent[level.parent!.start + node]! * above;
      product.b.offsets[0] = digit[level.digit.start + node]! * slice;
      destination.offset = node * rows * columns;
      product.into(destination, rows, columns);
    }
  }
}

/** Level 0: the value of a node is its slice. */
function copyFirstLevel({ layout, cores, levels, values }: TTForwardArgs, arrays: Arrays): void {
  const level = levels[0]!;
  const length = sliceLength(layout, 0);
  const digit = arrays.uint32(level.digit.buffer);
  const core = arrays.float32(cores[0]!);
  const value = arrays.float32(values[0]!);
  for (let node = 0; node < level.nodes; node++) {
    const from = digit[level.digit.start + node]! * length;
    for (let j = 0; j < length; j++) value[node * length + j] = core[from + j]!;
  }
}
