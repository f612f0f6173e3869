import type { Backend } from '@ttrec/backend';
import type { EmbeddingTable, FitOptions } from '../table/embedding-table.ts';
import { TableSource } from './convert-table.ts';
import type { RowSource } from './row-source.ts';

/** Fits tables whose rows add up, each to what those before it leave of the rows of a source. */
export async function fitOneAfterAnother(
  backend: Backend,
  tables: readonly EmbeddingTable[],
  source: RowSource,
  options: FitOptions,
): Promise<void> {
  const fitted: TableSource[] = [];
  try {
    for (const table of tables) {
      await table.fit(without(source, fitted.slice()), options);
      fitted.push(new TableSource(backend, table));
    }
  } finally {
    for (const each of fitted) each.dispose();
  }
}

/** The rows of a source less those of tables. */
function without(source: RowSource, tables: readonly TableSource[]): RowSource {
  if (tables.length === 0) return source;
  const { numEmbeddings, embeddingDim, weights } = source;
  return {
    numEmbeddings,
    embeddingDim,
    weights,
    async read(start, end) {
      const rest = Float32Array.from(await source.read(start, end));
      for (const table of tables) {
        const rows = await table.read(start, end);
        for (let at = 0; at < rest.length; at++) rest[at]! -= rows[at]!;
      }
      return rest;
    },
  };
}
