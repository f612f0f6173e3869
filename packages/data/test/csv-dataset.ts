import { openDataset, type Dataset, type DataConfig } from '@ttrec/data';
import { readRows } from './batches.ts';
import { fileOf } from './files.ts';

export type CsvConfig = Extract<DataConfig, { format: 'csv' }>;

export const defaults: Omit<CsvConfig, 'path'> = {
  format: 'csv',
  label: { column: 'y', equals: '1' },
  features: [{ column: 'c' }],
  split: { by: 'random', test: 0 },
};

/** Opens a CSV file of this content. */
export function openCsv(content: string | Uint8Array, config: Partial<CsvConfig> = {}) {
  return openDataset({ ...defaults, path: fileOf(content, 'csv'), ...config }, { seed: 1 });
}

export async function denseOf(dataset: Dataset): Promise<(readonly number[])[]> {
  return (await readRows(dataset)).map((row) => row.dense);
}
