import type { Batch, Dataset } from '@ttrec/data';

const BATCH_SIZE = 4096;

/**
 * The decile of each test row by how often training read its rarest id: 0 for the tenth of rows with the rarest ids, 9 for that
 * with the most frequent. Rows with the same frequency share a decile, so that some may be larger, and some empty.
 *
 * @returns [test rows]
 */
export async function frequencyDeciles(dataset: Dataset): Promise<Uint8Array> {
  const counts = await countReads(dataset);
  const rarest: number[] = [];
  for await (const batch of dataset.batches({ split: 'test', batchSize: BATCH_SIZE })) {
    for (let row = 0; row < batch.size; row++) rarest.push(rarestOf(batch, row, counts));
  }
  const order = Uint32Array.from(rarest, (_, row) => row).sort((a, b) => rarest[a]! - rarest[b]!);
  const deciles = new Uint8Array(rarest.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && rarest[order[end]!] === rarest[order[start]!]) end++;
    const decile = Math.min(9, Math.floor((10 * (start + end)) / 2 / order.length));
    for (let i = start; i < end; i++) deciles[order[i]!] = decile;
  }
  return deciles;
}

/** For each feature the reads of the rows of its table. */
async function countReads(dataset: Dataset): Promise<readonly Uint32Array[]> {
  const { schema } = dataset;
  const byTable = new Map(
    schema.features.map(({ table, numEmbeddings }) => [table, new Uint32Array(numEmbeddings)]),
  );
  const counts = schema.features.map(({ table }) => byTable.get(table)!);
  for await (const { features } of dataset.batches({
    split: 'train',
    batchSize: BATCH_SIZE,
    shuffle: false,
  })) {
    features.forEach(({ indices }, f) => {
      for (const id of indices) counts[f]![id]!++;
    });
  }
  return counts;
}

function rarestOf({ features }: Batch, row: number, counts: readonly Uint32Array[]): number {
  let least = Infinity;
  features.forEach(({ indices, offsets }, f) => {
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++)
      least = Math.min(least, counts[f]![indices[at]!]!);
  });
  return least;
}
