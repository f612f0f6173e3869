import { createCpuBackend } from '@ttrec/backend-cpu';
import { recordingBackend } from '@ttrec/testkit/backend';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import type { FeatureBags } from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { everything, mixedModel, sampleBatch } from './small-models.ts';

const config: DlrmConfig = {
  ...mixedModel,
  optimizer: { embeddings: { rule: 'adagrad' }, dense: { rule: 'adagrad' } },
};
/** The last batch of an epoch is smaller, and then a full one comes again. */
const sizes = [8, 8, 3, 8, 1, 9];

/** @param between what happens before each step */
async function train(seed: number, between: (model: Dlrm, step: number) => Promise<unknown> = async () => 0) {
  const backend = createCpuBackend();
  const model = new Dlrm({ backend, ...config, seed });
  const steps = [];
  for (const [step, size] of sizes.entries()) {
    await between(model, step);
    steps.push(await model.trainStep(sampleBatch(config, size, `step ${step}`), { learningRate: 0.1 }));
  }
  return { steps, parameters: await everything(backend, model) };
}

describe('training', () => {
  test('with the same seed and batches gives the same bits', async () => {
    expect(await train(5)).toEqual(await train(5));
  });

  test('with another seed does not', async () => {
    const [one, other] = [await train(5), await train(6)];
    expect(other.parameters).not.toEqual(one.parameters);
  });

  test('is not disturbed by predictions between the steps', async () => {
    const predicting = await train(5, (model, step) =>
      model.predict(sampleBatch(config, 5, `other ${step}`)),
    );
    expect(predicting).toEqual(await train(5));
  });

  test('is not disturbed by gradients that are never applied', async () => {
    const looking = await train(5, async (model) => model.gradients(sampleBatch(config, 5, 'other')));
    expect(looking).toEqual(await train(5));
  });
});

test('a row’s prediction does not depend on the rows around it, nor on the batch before', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({ backend, ...config });
  await model.trainStep(sampleBatch(config, 16, 'first'), { learningRate: 0.5 });
  const batch = sampleBatch(config, 12);
  const together = await model.predict(batch);
  for (let row = 0; row < batch.size; row++) {
    const alone = {
      size: 1,
      dense: batch.dense.subarray(row * config.denseFeatures, (row + 1) * config.denseFeatures),
      features: batch.features.map(({ indices, offsets }) => {
        const own = indices.subarray(offsets[row], offsets[row + 1]);
        return { indices: own, offsets: Uint32Array.of(0, own.length) };
      }),
    };
    expect((await model.predict(alone))[0]).toBe(together[row]);
  }
});

test('a batch by the names of its features trains as one that lists them, whatever the order of the names', async () => {
  const step = async (features: (batch: ReturnType<typeof sampleBatch>) => FeatureBags) => {
    using model = new Dlrm({ backend: createCpuBackend(), ...config });
    const losses: number[] = [];
    for (const name of ['first', 'second']) {
      const batch = sampleBatch(config, 9, name);
      // Two at once: the second waits, on a copy of its bags.
      const given = { ...batch, features: features(batch) };
      const both = [1, 2].map(() => model.trainStep(given, { learningRate: 0.1 }));
      for (const { loss } of await Promise.all(both)) losses.push(loss);
    }
    return losses;
  };
  const names = config.features;
  const byName = ({ features }: ReturnType<typeof sampleBatch>) =>
    Object.fromEntries(names.map((name, f) => [name, features[f]!] as const).reverse());
  expect(await step(byName)).toEqual(await step(({ features }) => features));
});

test('a prediction prepares no backward', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({ backend, ...config });
  const logits = model.logits(sampleBatch(config, 4));
  expect(() => model.embeddings.backward(logits, { learningRate: 1 })).toThrow(
    refusal('embeddings/backward-without-forward'),
  );
});

test('steady training and prediction allocate nothing, and dispose leaves nothing', async () => {
  const backend = recordingBackend(createCpuBackend());
  const model = new Dlrm({ backend, ...config });
  const batch = sampleBatch(config, 8);
  await model.trainStep(batch, { learningRate: 0.1 });
  await model.predict(batch);
  backend.reset();
  await model.trainStep(batch, { learningRate: 0.1 });
  await model.predict(batch);
  await model.trainStep(sampleBatch(config, 3), { learningRate: 0.1 });
  expect(backend.recording().allocations).toBe(0);
  model.dispose();
  expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0 });
});

test('the promise of a step can wait: two steps enqueued at once equal two awaited', async () => {
  const run = async (wait: boolean) => {
    const backend = createCpuBackend();
    const model = new Dlrm({ backend, ...config });
    const first = model.trainStep(sampleBatch(config, 8, 'first'), { learningRate: 0.1 });
    if (wait) await first;
    const second = model.trainStep(sampleBatch(config, 8, 'second'), { learningRate: 0.1 });
    return { losses: [await first, await second], parameters: await everything(backend, model) };
  };
  expect(await run(false)).toEqual(await run(true));
});
