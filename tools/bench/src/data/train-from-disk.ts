/**
 * Trains on rows of a Criteo file that are read from disk, and on batches that are in memory, in turn, and prints how near the first comes to the speed
 * of the second. Rows are read by a separate thread, or by the thread that trains.
 *
 * `node --conditions=@ttrec/source train-from-disk.ts FILE.tsv [steps [rounds [first width of the top MLP [event loop]]]]`
 */
import { createNativeBackend } from '@ttrec/backend-native';
import { openDataset, type Batch, type DataConfig, type Dataset } from '@ttrec/data';
import { Dlrm } from '@ttrec/dlrm';
import { fit } from '@ttrec/training';

const [path, steps = '120', rounds = '9', width, loop] = process.argv.slice(2) as [string, ...string[]];
const NEVER = Number.MAX_SAFE_INTEGER;
const models = [
  { topMlp: [512, 256], batchSize: 2048 },
  { topMlp: [64, 32], batchSize: 1024 },
];
const config: DataConfig = {
  format: 'criteo',
  path,
  ids: { kind: 'hash', buckets: 100_000 },
  split: { by: 'last', test: 0.1 },
  shuffleWindow: 1 << 17,
};
const opened = {
  'a reading thread': await openDataset({ ...config, cacheBytes: 0 }, { readingThread: true }),
  'the thread that trains': await openDataset({ ...config, cacheBytes: 0 }, { readingThread: false }),
};

/** The first batches of a dataset, in memory. */
async function held(dataset: Dataset, batchSize: number): Promise<Dataset> {
  const batches: Batch[] = [];
  for await (const batch of dataset.batches({ split: 'train', batchSize })) {
    batches.push(batch);
    if (batches.length === Number(steps)) break;
  }
  return {
    ...dataset,
    async *batches() {
      yield* batches;
    },
  };
}

for (const { topMlp, batchSize } of models)
  for (const eventLoop of ['blocked', 'free'] as const) {
    if ((width ?? String(topMlp[0])) !== String(topMlp[0]) || (loop ?? eventLoop) !== eventLoop) continue;
    await using backend = await createNativeBackend({ eventLoop });
    const { schema } = opened['a reading thread'];
    const model = new Dlrm({
      backend,
      denseFeatures: schema.dense.length,
      embeddingDim: 16,
      tables: schema.features.map(({ table: name, numEmbeddings }) => ({
        ...{ name, numEmbeddings },
        config: { kind: 'dense' } as const,
      })),
      features: schema.features.map(({ table }) => table),
      bottomMlp: [topMlp[0]!, 64],
      topMlp,
      interaction: { kind: 'dot' },
      optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
      seed: 1,
    });
    const seconds = async (dataset: Dataset) => {
      const [start, processor] = [performance.now(), process.threadCpuUsage()];
      const never = { logEvery: NEVER, evaluateEvery: NEVER, checkpointEvery: NEVER };
      await fit(model, dataset, { batchSize, steps: Number(steps), ...never });
      const { user, system } = process.threadCpuUsage(processor);
      return { wall: (performance.now() - start) / 1000, thread: (user + system) / 1e6 };
    };
    const alone = await held(opened['a reading thread'], batchSize);
    const rate = { wall: 0, thread: 0 };
    const ratios: Record<string, Record<keyof typeof rate, number[]>> = {};
    for (let round = 0; round <= Number(rounds); round++)
      for (const [name, dataset] of Object.entries(opened)) {
        const [own, read] = [await seconds(alone), await seconds(dataset)];
        // The first round warms up.
        if (round === 0) continue;
        const found = (ratios[name] ??= { wall: [], thread: [] });
        for (const clock of ['wall', 'thread'] as const) {
          found[clock].push(own[clock] / read[clock]);
          rate[clock] = Math.max(rate[clock], (Number(steps) * batchSize) / own[clock]);
        }
      }
    console.log(`top MLP ${topMlp.join(', ')}, batches of ${batchSize}, event loop ${eventLoop}`);
    for (const [name, clocks] of Object.entries(ratios))
      for (const [clock, all] of Object.entries(clocks)) {
        const sorted = all.toSorted((a, b) => a - b);
        const at = (q: number) => sorted[Math.floor(q * (sorted.length - 1))]!.toFixed(3);
        console.log(
          `  ${Math.round(rate[clock as 'wall'])} rows per ${clock} second of steps alone; ${at(0.5)} of it (${at(0)} to ${at(1)}) with rows read by ${name}`,
        );
      }
  }
for (const dataset of Object.values(opened)) await dataset.close();
