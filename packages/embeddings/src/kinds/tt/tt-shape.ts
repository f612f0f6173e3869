import { ttShape, type TTShape } from '@ttrec/tensor-train/shapes';
import type { TableSize } from '../../table/table-size.ts';
import type { TTConfig } from './tt-config.ts';

/** The shape of the TT that a config describes. Throws what `ttShape` throws. */
export function shapeOf({ ranks, cores, rowShape, colShape }: TTConfig, size: TableSize): TTShape {
  const { numEmbeddings: numRows, embeddingDim: numCols } = size;
  return ttShape({ numRows, numCols, ranks, cores, rowShape, colShape });
}

/** [p_k, r_k, q_k, r_{k+1}] for each core. */
export function sliceShapes({ rowShape, colShape, ranks }: TTShape): number[][] {
  return rowShape.map((p, k) => [p, ranks[k]!, colShape[k]!, ranks[k + 1]!]);
}

/** Multiply-adds of a row that shares no prefix with another. */
export function rowMultiplyAdds({ colShape, ranks }: TTShape): number {
  let width = 1;
  let total = 0;
  for (let k = 0; k < colShape.length; k++) {
    if (k > 0) total += width * ranks[k]! * colShape[k]! * ranks[k + 1]!;
    width *= colShape[k]!;
  }
  return total;
}
