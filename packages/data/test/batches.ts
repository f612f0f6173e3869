import type { Batch, BatchOptions, Dataset } from '@ttrec/data';

export async function batchesOf(dataset: Dataset, options: BatchOptions): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of dataset.batches(options)) batches.push(batch);
  return batches;
}

/** One row, as plain values. */
export interface Row {
  readonly label: number;
  readonly dense: readonly number[];
  /** The ids of each feature's bag. */
  readonly ids: readonly (readonly number[])[];
}

export function rowsOf(batches: readonly Batch[]): Row[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.size }, (_, b) => {
      const width = batch.dense.length / batch.size;
      return {
        label: batch.labels[b]!,
        dense: [...batch.dense.slice(b * width, (b + 1) * width)],
        ids: batch.features.map(({ indices, offsets }) => [...indices.slice(offsets[b], offsets[b + 1])]),
      };
    }),
  );
}

export async function readRows(dataset: Dataset, split: BatchOptions['split'] = 'train'): Promise<Row[]> {
  return rowsOf(await batchesOf(dataset, { split, batchSize: 64, shuffle: false }));
}

/** What a promise was refused with. */
export async function refusal(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await promise;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
  throw new Error('expected a refusal, yet the promise was kept');
}
