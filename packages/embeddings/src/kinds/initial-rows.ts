import type { DeviceBuffer } from '@ttrec/backend';
import { fillUniform } from '@ttrec/core';
import type { TableContext } from '../table/embedding-table.ts';

declare module '@ttrec/embeddings/kind' {
  interface TrainingParts {
    /** @internal */
    readonly initialiseRows: typeof initialiseRows;
  }
}

/** Values drawn and uploaded at a time, so that a large table never stands twice in memory. */
const CHUNK = 1 << 16;

/** Words that a uniform number takes of a stream. */
const WORDS = 2;

/**
 * Uploads the rows that a dense table starts with: uniform on ±sqrt(1/N), mean 0, variance 1/(3N), as the reference DLRM starts its
 * tables; or with the variance asked for.
 *
 * @param shard which of them `weights` has, all by default
 */
export function initialiseRows(
  { backend, numEmbeddings, embeddingDim: cols, stream, rowVariance }: TableContext,
  weights: DeviceBuffer,
  { rank, size, rows }: { readonly rank: number; readonly size: number; readonly rows: number } = {
    ...{ rank: 0, size: 1, rows: numEmbeddings },
  },
): void {
  const bound = Math.sqrt(rowVariance === undefined ? 1 / numEmbeddings : 3 * rowVariance);
  const words = stream.child('weight');
  const chunk = Math.max(1, Math.floor(CHUNK / cols));
  for (let start = 0; start < rows; start += chunk) {
    const values = new Float32Array(Math.min(chunk, rows - start) * cols);
    const drawn = size === 1 ? values.length : cols;
    for (let at = 0; at < values.length; at += drawn) {
      words.position = WORDS * cols * ((start + at / cols) * size + rank);
      fillUniform(values.subarray(at, at + drawn), words, -bound, bound);
    }
    backend.write(weights, values, start * cols);
  }
}
