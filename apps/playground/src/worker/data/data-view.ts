import type { Dataset, DatasetSchema } from '@ttrec/data';
import type { DataView, RowField } from '../../protocol/messages.ts';
import type { TableSize } from '../../settings/tables.ts';
import type { Source } from './source.ts';
import { heldOutRows } from './held-out.ts';

/** The tables of a schema, each once. */
export function tableSizes({ features }: DatasetSchema): TableSize[] {
  const sizes = new Map(features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  return [...sizes].map(([name, numEmbeddings]) => ({ name, numEmbeddings }));
}

export function dataView({ name, schema }: Source, dataset: Dataset | undefined): DataView {
  return {
    name,
    rows: { train: dataset?.rows.train ?? 0, heldOut: dataset ? heldOutRows(dataset) : 0 },
    tables: tableSizes(schema),
    skippedLines: dataset?.report.badLines.count ?? 0,
  };
}

/** The values that one row has: those of dense columns, then those of features. */
export function rowFields({ schema, encoding }: Source): RowField[] {
  const isRaw = encoding !== undefined;
  return [
    ...schema.dense.map((name): RowField => ({ name, role: 'number', hint: 'a number' })),
    ...schema.features.map(({ name, numEmbeddings }): RowField => {
      const hint = isRaw ? 'a value of the data' : `0 to ${(numEmbeddings - 1).toLocaleString('en-US')}`;
      return { name, role: 'id', hint };
    }),
  ];
}
