import type { Backend, DeviceBuffer } from '@ttrec/backend';
import type { TableConfig } from '@ttrec/embeddings';

/** The table of the reference backend for one batch of ids. */
export interface ReferenceTable {
  readonly numEmbeddings: number;
  readonly indices: Uint32Array;
  /** The rows of the full table that it holds, in order; undefined when it holds all. */
  readonly rows: Uint32Array | undefined;
}

/** Numbers of a model and where they are. */
export interface Parameter {
  readonly shape: readonly number[];
  readonly weights: DeviceBuffer;
}

/** A dense table shrinks to the rows that the batch looks up, which are all that it can change; others stay whole. */
export function referenceTable(
  config: TableConfig,
  numEmbeddings: number,
  indices: Uint32Array,
): ReferenceTable {
  if (config.kind !== 'dense') return { numEmbeddings, indices, rows: undefined };
  const rows = Uint32Array.from(new Set(indices)).sort();
  const place = new Map(Array.from(rows, (row, i) => [row, i]));
  return { numEmbeddings: rows.length, indices: indices.map((row) => place.get(row)!), rows };
}

/** Copies the numbers of `from` (some rows, or all) to `to`, on another backend. */
export async function copyParameter(
  from: { backend: Backend; parameter: Parameter },
  to: { backend: Backend; parameter: Parameter },
  rows?: Uint32Array,
): Promise<void> {
  const { weights } = to.parameter;
  if (rows === undefined) {
    to.backend.write(weights, await from.backend.read(from.parameter.weights));
    return;
  }
  const width = from.parameter.shape[1]!;
  for (let i = 0; i < rows.length; i++) {
    const row = await from.backend.read(from.parameter.weights, rows[i]! * width, width);
    to.backend.write(weights, row, i * width);
  }
}
