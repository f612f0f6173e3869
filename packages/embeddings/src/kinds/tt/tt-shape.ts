import { ttShape, type TTShape } from '@ttrec/tensor-train';
import { error } from '../../error.ts';
import type { TTConfig } from './tt.ts';
import type { TableSize } from '../../table/table-kind.ts';

/** The shape of the TT that a config describes. @throws `embeddings/bad-ranks`, and what `ttShape` throws */
export function shapeOf(config: TTConfig, size: TableSize): TTShape {
  const { ranks, cores, rowShape, colShape } = config;
  requireRanks(ranks);
  return ttShape({
    numRows: size.numEmbeddings,
    numCols: size.embeddingDim,
    ranks,
    ...(cores === undefined ? {} : { cores }),
    ...(rowShape === undefined ? {} : { rowShape }),
    ...(colShape === undefined ? {} : { colShape }),
  });
}

/** The one field without a default; ttShape checks the numbers. */
function requireRanks(ranks: unknown): void {
  if (typeof ranks === 'number' || Array.isArray(ranks)) return;
  throw error('bad-ranks', {
    subject: 'table kind "tt", ranks',
    rule: 'must be a number or a list of numbers',
    got: ranks,
  });
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
