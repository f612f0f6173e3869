import { openDataset, type DataConfig, type OpenOptions } from '@ttrec/data';

const lines = Array.from({ length: 20_000 }, (_, i) => `u${i % 700},${i / 4},a|b${i % 9},${i % 3}`);
const files = { 'clicks.csv': new Blob([['user,price,tags,click', ...lines].join('\n')]) };

const config: DataConfig = {
  format: 'csv',
  path: 'clicks.csv',
  label: { column: 'click', equals: '1' },
  dense: [{ column: 'price' }],
  features: [{ column: 'user' }, { column: 'tags', separator: '|' }],
  split: { by: 'random', test: 0.1 },
  shuffleWindow: 3000,
  cacheBytes: 0,
};

/** What is reported of the rows, and the bits of the batches of an epoch. */
export async function epoch(readingThread?: OpenOptions['readingThread']) {
  await using dataset = await openDataset(config, { files, readingThread });
  const bits: number[] = [];
  for await (const { labels, dense, features } of dataset.batches({ split: 'train', batchSize: 500 })) {
    const arrays = [labels, dense, ...features.flatMap(({ indices, offsets }) => [indices, offsets])];
    bits.push(
      arrays.flatMap((array) => [...array]).reduce((sum, value, at) => (sum * 31 + value * at) % 1e9, 7),
    );
  }
  const { rowsAre, readingThread: isOwn } = dataset.report;
  return { rowsAre, readingThread: isOwn, bits };
}
