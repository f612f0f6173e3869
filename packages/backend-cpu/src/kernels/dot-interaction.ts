import type { DotInteractionArgs, DotInteractionBackwardArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../arrays.ts';
import { Destination, ProductSum, TILE } from './product-sum.ts';
import { Scratch } from '../scratch.ts';

export function createDotInteraction(arrays: Arrays): (args: DotInteractionArgs) => void {
  const product = new ProductSum();
  const place: TilePlace = { pairs: 0, selfInteraction: false, i: 0, j: 0, height: 0 };

  return ({ features, featureCount, selfInteraction, passThrough, out }) => {
    place.selfInteraction = selfInteraction;
    const dim = features.cols / featureCount;
    const from = arrays.float32(features.buffer);
    const to = arrays.float32(out.buffer);
    product.inner = dim;
    product.a.place(from, dim, 1);
    product.b.place(from, dim, 1);
    for (let row = 0; row < features.rows; row++) {
      const start = blockOffset(features) + row * features.buffer.cols;
      let pairs = blockOffset(out) + row * out.buffer.cols;
      if (passThrough) {
        for (let j = 0; j < dim; j++) to[pairs + j] = from[start + j]!;
        pairs += dim;
      }
      product.a.offsets[0] = start;
      product.b.offsets[0] = start;
      place.pairs = pairs;
      for (let i = 0; i < featureCount; i += TILE) {
        place.i = i;
        place.height = Math.min(TILE, featureCount - i);
        for (let j = 0; j <= i; j += TILE) {
          place.j = j;
          product.computeTile(i, j, place.height, Math.min(TILE, featureCount - j));
          storePairs(product.tile, to, place);
        }
      }
    }
  };
}

/** Where a tile lies in the triangle of pairs, and where the triangle lies in the output. */
interface TilePlace {
  pairs: number;
  selfInteraction: boolean;
  i: number;
  j: number;
  height: number;
}

/** Stores what a tile holds of the lower triangle. */
function storePairs(tile: Float64Array, to: Float32Array, at: TilePlace): void {
  for (let row = at.i; row < at.i + at.height; row++) {
    const columns = at.selfInteraction ? row + 1 : row;
    const start = at.pairs + rowOfTriangle(row, at.selfInteraction);
    const end = Math.min(at.j + TILE, columns);
    for (let column = at.j; column < end; column++) {
      to[start + column] = tile[(row - at.i) * TILE + column - at.j]!;
    }
  }
}

/** Pairs before those of feature `i`. */
function rowOfTriangle(i: number, selfInteraction: boolean): number {
  return (i * (selfInteraction ? i + 1 : i - 1)) / 2;
}

/** With G the symmetric matrix of the pairs' gradients (a self-pair counts twice), `gradFeatures = G · features`. */
export function createDotInteractionBackward(arrays: Arrays): (args: DotInteractionBackwardArgs) => void {
  const product = new ProductSum();
  const destination = new Destination();
  const scratch = new Scratch((length) => new Float32Array(length));

  return ({ features, featureCount, selfInteraction, passThrough, gradOut, gradFeatures }) => {
    const dim = features.cols / featureCount;
    const from = arrays.float32(gradOut.buffer);
    const symmetric = scratch.reserve(featureCount * featureCount);
    product.inner = featureCount;
    product.a.place(symmetric, featureCount, 1);
    product.b.place(arrays.float32(features.buffer), 1, dim);
    destination.data = arrays.float32(gradFeatures.buffer);
    destination.rowStride = dim;
    for (let row = 0; row < gradOut.rows; row++) {
      const start = blockOffset(gradOut) + row * gradOut.buffer.cols;
      const pairs = passThrough ? start + dim : start;
      fillSymmetric(symmetric, from, pairs, featureCount, selfInteraction);
      product.b.offsets[0] = blockOffset(features) + row * features.buffer.cols;
      destination.offset = blockOffset(gradFeatures) + row * gradFeatures.buffer.cols;
      product.into(destination, featureCount, dim);
      if (!passThrough) continue;
      for (let j = 0; j < dim; j++) destination.data[destination.offset + j]! += from[start + j]!;
    }
  };
}

/** The matrix G [F, F] from the gradients of its lower triangle, which start at `pairs`. */
function fillSymmetric(
  symmetric: Float32Array,
  from: Float32Array,
  pairs: number,
  featureCount: number,
  selfInteraction: boolean,
): void {
  for (let i = 0; i < featureCount; i++) {
    const start = pairs + rowOfTriangle(i, selfInteraction);
    for (let j = 0; j < i; j++) {
      const gradient = from[start + j]!;
      symmetric[i * featureCount + j] = gradient;
      symmetric[j * featureCount + i] = gradient;
    }
    symmetric[i * featureCount + i] = selfInteraction ? 2 * from[start + i]! : 0;
  }
}
