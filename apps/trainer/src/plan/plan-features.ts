import type { Dataset } from '@ttrec/data';
import type { PlanFeature } from '@ttrec/planner';
import type { TrainConfig } from '@ttrec/training/config';

/** Rows counted at a time. */
const BATCH_SIZE = 4096;

/**
 * What the planner should know of the tables of a dataset: how often the training rows read each id, counted in one pass.
 * Of a synthetic stream the law of its ids is known, and none is read.
 */
export async function planFeatures(data: TrainConfig['data'], dataset: Dataset): Promise<PlanFeature[]> {
  const tables = new Map(dataset.schema.features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  if (data.format === 'synthetic') {
    return [...tables].map(([name, numEmbeddings]) => ({ name, numEmbeddings, zipf: data.zipf }));
  }
  const counts = await countReads(dataset, tables);
  return [...tables].map(([name, numEmbeddings]) => {
    const own = counts.get(name)!;
    const reads = own.reduce((sum, count) => sum + count, 0);
    // A table that no training row reads: nothing is known, and nothing of it matters.
    if (reads === 0) return { name, numEmbeddings, weight: 0 };
    return { name, numEmbeddings, counts: own, weight: reads / dataset.rows.train };
  });
}

async function countReads(
  dataset: Dataset,
  tables: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, Float64Array>> {
  const counts = new Map([...tables].map(([name, size]) => [name, new Float64Array(size)]));
  const { features } = dataset.schema;
  for await (const batch of dataset.batches({ split: 'train', batchSize: BATCH_SIZE, shuffle: false })) {
    batch.features.forEach(({ indices }, f) => {
      const own = counts.get(features[f]!.table)!;
      for (const id of indices) own[id]!++;
    });
  }
  return counts;
}
