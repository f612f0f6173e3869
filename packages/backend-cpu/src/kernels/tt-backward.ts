import { sliceLength, valueLength, type TTBackwardArgs } from '@ttrec/backend/kernels';
import type { Arrays } from '../arrays.ts';
import { Destination, ProductSum } from './product-sum.ts';
import { Scratch } from '../scratch.ts';

export function createTTBackward(arrays: Arrays): (args: TTBackwardArgs) => void {
  const walk = new Walk(arrays);
  return (args) => {
    for (let k = args.levels.length - 1; k > 0; k--) {
      walk.sliceGradients(args, k);
      walk.parentGradients(args, k);
    }
    walk.firstSliceGradients(args);
  };
}

/** The steps of the walk up. Each gradient is one sum of products, over the nodes of a slice or the children of a node. */
class Walk {
  readonly #arrays: Arrays;
  readonly #product = new ProductSum();
  readonly #destination = new Destination();
  readonly #leftOffsets = new Scratch((length) => new Uint32Array(length));
  readonly #rightOffsets = new Scratch((length) => new Uint32Array(length));

  constructor(arrays: Arrays) {
    this.#arrays = arrays;
  }

  /** `gradCores[k][s] [r_k, q_k·r_{k+1}] = sum over the nodes of slice s of value(parent)^T · gradValue(node)`. */
  sliceGradients({ layout, levels, values, gradValues, gradCores }: TTBackwardArgs, k: number): void {
    const level = levels[k]!;
    const rank = layout.ranks[k]!;
    const columns = layout.colShape[k]! * layout.ranks[k + 1]!;
    const above = valueLength(layout, k - 1);
    const length = valueLength(layout, k);
    const parent = this.#arrays.uint32(level.parent!.buffer);
    const sliceOffsets = this.#arrays.uint32(level.sliceOffsets.buffer);
    const sliceNodes = this.#arrays.uint32(level.sliceNodes.buffer);
    const { a, b } = this.#operands(level.nodes);
    this.#product.inner = above / rank;
    a.place(this.#arrays.float32(values[k - 1]!), 1, rank);
    b.place(this.#arrays.float32(gradValues[k]!), 1, columns);
    this.#destination.data = this.#arrays.float32(gradCores[k]!);
    this.#destination.rowStride = columns;
    for (let slice = 0; slice < level.slices; slice++) {
      const start = sliceOffsets[level.sliceOffsets.start + slice]!;
      const terms = sliceOffsets[level.sliceOffsets.start + slice + 1]! - start;
      for (let term = 0; term < terms; term++) {
        const node = sliceNodes[level.sliceNodes.start + start + term]!;
        a.offsets[term] = parent[level.parent!.start + node]! * above;
        b.offsets[term] = node * length;
      }
      this.#product.terms = terms;
      this.#destination.offset = slice * rank * columns;
      this.#product.into(this.#destination, rank, columns);
    }
  }

  /** `gradValues[k - 1][p] [Q, r_k] = sum over the children of p of gradValue(child) · slice(digit)^T`. */
  parentGradients({ layout, cores, levels, gradValues }: TTBackwardArgs, k: number): void {
    const level = levels[k]!;
    const rank = layout.ranks[k]!;
    const columns = layout.colShape[k]! * layout.ranks[k + 1]!;
    const above = valueLength(layout, k - 1);
    const length = valueLength(layout, k);
    const slice = sliceLength(layout, k);
    const digit = this.#arrays.uint32(level.digit.buffer);
    const childOffsets = this.#arrays.uint32(level.childOffsets!.buffer);
    const { a, b } = this.#operands(level.nodes);
    this.#product.inner = columns;
    a.place(this.#arrays.float32(gradValues[k]!), columns, 1);
    b.place(this.#arrays.float32(cores[k]!), columns, 1);
    this.#destination.data = this.#arrays.float32(gradValues[k - 1]!);
    this.#destination.rowStride = rank;
    for (let node = 0; node < levels[k - 1]!.nodes; node++) {
      const start = childOffsets[level.childOffsets!.start + node]!;
      const terms = childOffsets[level.childOffsets!.start + node + 1]! - start;
      for (let term = 0; term < terms; term++) {
        a.offsets[term] = (start + term) * length;
        b.offsets[term] = digit[level.digit.start + start + term]! * slice;
      }
      this.#product.terms = terms;
      this.#destination.offset = node * above;
      this.#product.into(this.#destination, above / rank, rank);
    }
  }

  /** Level 0: the gradient of a slice is the sum over its nodes. */
  firstSliceGradients({ layout, levels, gradValues, gradCores }: TTBackwardArgs): void {
    const level = levels[0]!;
    const length = sliceLength(layout, 0);
    const sliceOffsets = this.#arrays.uint32(level.sliceOffsets.buffer);
    const sliceNodes = this.#arrays.uint32(level.sliceNodes.buffer);
    const from = this.#arrays.float32(gradValues[0]!);
    const to = this.#arrays.float32(gradCores[0]!);
    for (let slice = 0; slice < level.slices; slice++) {
      const start = sliceOffsets[level.sliceOffsets.start + slice]!;
      const end = sliceOffsets[level.sliceOffsets.start + slice + 1]!;
      for (let j = 0; j < length; j++) {
        let sum = 0;
        for (let i = start; i < end; i++) {
          sum += from[sliceNodes[level.sliceNodes.start + i]! * length + j]!;
        }
        to[slice * length + j] = sum;
      }
    }
  }

  /** Both operands, with room for the offsets of as many terms as a sum can have. */
  #operands(terms: number): Pick<ProductSum, 'a' | 'b'> {
    this.#product.a.offsets = this.#leftOffsets.reserve(terms);
    this.#product.b.offsets = this.#rightOffsets.reserve(terms);
    return this.#product;
  }
}
