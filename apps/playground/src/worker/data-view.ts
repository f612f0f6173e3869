import type { Dataset } from '@ttrec/data';
import type { DataView, RowField } from '../protocol/messages.ts';
import { heldOutRows } from './training.ts';

export function dataView(name: string, dataset: Dataset): DataView {
  const sizes = new Map(dataset.schema.features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  return {
    name,
    rows: { train: dataset.rows.train, heldOut: heldOutRows(dataset) },
    tables: [...sizes].map(([table, numEmbeddings]) => ({ name: table, numEmbeddings })),
    denseColumns: dataset.schema.dense,
    skippedLines: dataset.report.badLines.count,
  };
}

/** The values that one row has: those of dense columns, then those of features. */
export function rowFields({ schema, encoding }: Pick<Dataset, 'schema' | 'encoding'>): RowField[] {
  const isRaw = encoding !== undefined;
  return [
    ...schema.dense.map((name): RowField => ({ name, role: 'number', hint: 'a number' })),
    ...schema.features.map(({ name, numEmbeddings }): RowField => {
      const hint = isRaw ? 'a value of the file' : `0 to ${(numEmbeddings - 1).toLocaleString('en-US')}`;
      return { name, role: 'id', hint };
    }),
  ];
}
