import { expect, test } from 'vitest';
import { bagWorkload, type BagWork } from '../src/cases/bag-workload.ts';
import { Models } from '../src/models.ts';

test('weights stay where they are, however often turns of a few steps begin anew', async () => {
  const work: BagWork = {
    table: { kind: 'dense' },
    embeddingDim: 4,
    numEmbeddings: 11,
    bags: 8,
    perBag: 2,
    ids: 'uniform',
    batches: 8,
    mode: 'train',
    learningRate: 1,
  };
  const models = new Models();
  const workload = await bagWorkload(models, 'cpu', work);
  let bag: { toDense(): Promise<Float32Array> } | undefined;
  await models
    .get(
      'cpu',
      `bag ${JSON.stringify({ table: work.table, numEmbeddings: 11, embeddingDim: 4, mode: 'train' })}`,
      () => {
        throw new Error('another model than that of the workload');
      },
    )
    .then(({ model }) => (bag = model as typeof bag));
  const before = await bag!.toDense();
  // Turns of five steps, over sixteen passes of eight batches.
  for (let turn = 0; turn < 128; turn++) for (let i = 0; i < 5; i++) await workload.step(i);
  // Rounding of sums in float32, some 640 steps of 0.1 at the most.
  (await bag!.toDense()).forEach((value, at) => expect(value).toBeCloseTo(before[at]!, 3));
  await models.dispose();
});
