import { CHUNK_ROWS, type Chunk, type Section } from '../chunks/chunk.ts';
import type { OpenOptions } from '../config/open-options.ts';
import type { TableReport } from '../dataset.ts';
import { Digest } from '../digest.ts';
import type { ColumnValues } from '../columns/column.ts';
import type { RowLayout } from '../stored-rows/row-layout.ts';
import type { RowReader } from './row-reader.ts';
import type { SplitRows } from './split-rows.ts';

export interface EncodedTable {
  readonly tables: readonly TableReport[];
  /** Of every row's label, numbers, ids and split. */
  readonly digest: string;
}

/**
 * Turns what a reader holds into encoded rows, in place: learns statistics and vocabularies from the training rows, then encodes chunk by chunk. Holds
 * a chunk at a time beside what the reader holds.
 *
 * @param onItems takes each encoded chunk
 */
export async function encodeRows(
  reader: RowReader,
  split: SplitRows,
  layout: RowLayout,
  options: Pick<OpenOptions, 'onProgress'> & { readonly onChunk: (chunk: Chunk, firstRow: number) => void },
): Promise<EncodedTable> {
  const { chunks, dense, features } = reader;
  const tables = [...reader.tables.values()];
  const inputs = [
    ...dense.map((column, first) => ({ column, first })),
    ...features.map((column, f) => ({ column, first: layout.features[f]!.first })),
  ];
  for (const { column, first } of inputs) await column.learn(valuesOf(reader, split, first));
  await countValues(reader, split, layout);
  const reports = tables.map((table) => table.finish());
  const labels = reader.labels.take(reader.rows);
  const digest = new Digest();
  for (let chunk = 0; chunk < chunks.length; chunk++) {
    const firstRow = chunk * CHUNK_ROWS;
    for (const table of tables) await table.prepare(chunk);
    const read = await chunks.get(chunk);
    const own = labels.slice(firstRow, firstRow + CHUNK_ROWS);
    const encoded: Section[] = dense.flatMap((column, first) => column.encode([read[first]!]));
    features.forEach((column, f) => {
      const { first } = layout.features[f]!;
      encoded.push(...column.encode(read.slice(first, first + column.sections), chunk));
    });
    encoded.push(...read.slice(encoded.length, layout.labels), own);
    await chunks.replace(chunk, encoded);
    digest.addText(digestOf(encoded, split.splits.subarray(firstRow, firstRow + own.length)));
    options.onChunk(encoded, firstRow);
    options.onProgress?.({ phase: 'encode', rows: firstRow + own.length });
  }
  return { tables: reports, digest: digest.finish() };
}

async function countValues(reader: RowReader, split: SplitRows, layout: RowLayout): Promise<void> {
  const { chunks, features } = reader;
  const tables = [...reader.tables.values()];
  for (const table of tables) await table.startCounting();
  for (let chunk = 0; chunk < chunks.length; chunk++) {
    const firstRow = chunk * CHUNK_ROWS;
    for (const table of tables) await table.prepare(chunk);
    for (const [f, column] of features.entries()) {
      if (!column.table.isCounted) continue;
      const sections = await chunks.sections(chunk, layout.features[f]!.first, column.sections);
      column.count(sections, chunk, split.splits.subarray(firstRow, firstRow + CHUNK_ROWS));
    }
  }
}

function valuesOf({ chunks }: RowReader, split: SplitRows, first: number): ColumnValues {
  return {
    trainingRows: split.rows.train,
    isTrain: split.isTrain,
    async *chunks() {
      for (let chunk = 0; chunk < chunks.length; chunk++)
        yield { sections: await chunks.sections(chunk, first, 1), firstRow: chunk * CHUNK_ROWS };
    },
  };
}

function digestOf(chunk: Chunk, splits: Uint8Array): string {
  const digest = new Digest().add(splits);
  for (const section of chunk) digest.add(section as Exclude<Section, Float64Array>);
  return digest.finish();
}
