import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfig, type LabelledBatch } from '@ttrec/dlrm';
import { RandomStream } from '@ttrec/core';
import { describe, expect, test } from 'vitest';
import { featuresOf } from '@ttrec/embeddings/model';
import { mixedModel, modelOf } from './small-models.ts';

/** The last layer starts at zero, so that nothing but the float32 of a loss is between it and the base rate's. */
const TOLERANCE = 1e-6;
const BATCH = 100;

/** The shape of Criteo's 26 tables; the largest are cut to what a test may hold, for rows of larger ones are only nearer 0. */
const criteoRows = [
  1460, 583, 20_000, 20_000, 305, 24, 12_517, 633, 3, 20_000, 5683, 20_000, 3194, 27, 14_992, 20_000, 10,
  5652, 2173, 4, 20_000, 18, 15, 20_000, 105, 20_000,
];
const criteo: DlrmConfig = {
  ...mixedModel,
  denseFeatures: 13,
  embeddingDim: 16,
  tables: criteoRows.map((numEmbeddings, t) => ({ name: `C${t}`, numEmbeddings, config: { kind: 'dense' } })),
  features: criteoRows.map((_, t) => `C${t}`),
  bottomMlp: [512, 256, 64],
  topMlp: [512, 256],
};
/** Long vectors from tables of a few rows, squared: where a small last layer would be far from enough. */
const long = modelOf({ kind: 'dense' }, 2, {
  denseFeatures: 13,
  embeddingDim: 512,
  interaction: { kind: 'dot', selfInteraction: true },
});

const models: readonly (readonly [string, DlrmConfig])[] = [
  ['Criteo', criteo],
  ['Criteo with self-interaction', { ...criteo, interaction: { kind: 'dot', selfInteraction: true } }],
  ['every kind of table', { ...mixedModel, denseFeatures: 13 }],
  ['D = 512, tables of two rows, self-interaction', long],
  ['D = 512, cat', { ...long, interaction: { kind: 'cat' } }],
  ['no hidden layers', { ...long, bottomMlp: [], topMlp: [] }],
  ['no dense features', { ...mixedModel, denseFeatures: 0 }],
];

describe.each(models)('an untrained model, %s', (_, config) => {
  test.each([1, 2, 3])('starts at the loss of predicting one half, seed %i', async (seed) => {
    const loss = await firstLoss({ ...config, seed }, 0.5);
    expect(Math.abs(loss - Math.LN2)).toBeLessThan(TOLERANCE);
  });

  test.each([0.03, 0.25])(
    'starts at the loss of the base rate %f with the output bias of it',
    async (rate) => {
      const loss = await firstLoss({ ...config, outputBias: Math.log(rate / (1 - rate)) }, rate);
      const positives = Math.round(rate * BATCH);
      const negatives = BATCH - positives;
      const expected = -(positives * Math.log(rate) + negatives * Math.log(1 - rate)) / BATCH;
      expect(Math.abs(loss - expected)).toBeLessThan(TOLERANCE);
    },
  );
});

test('every parameter of an untrained model trains within two steps', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({ backend, ...mixedModel });
  const read = () => Promise.all(model.parameters.map(({ weights }) => backend.read(weights)));
  const before = await read();
  for (let step = 0; step < 2; step++)
    await model.trainStep(realistic(mixedModel, 0.5), { learningRate: 0.1 });
  for (const [k, after] of (await read()).entries())
    expect(after, model.parameters[k]!.name).not.toEqual(before[k]);
});

async function firstLoss(config: DlrmConfig, rate: number): Promise<number> {
  const backend = createCpuBackend();
  const model = new Dlrm({ backend, ...config });
  const { loss } = await model.trainStep(realistic(config, rate), { learningRate: 0 });
  await backend.dispose();
  return loss;
}

/** One id a feature, dense numbers log(1 + x) of counts from 0 to 22,000 (so up to 10), and exactly that share of positives. */
function realistic(config: DlrmConfig, rate: number): LabelledBatch {
  const stream = new RandomStream(config.seed, 'realistic');
  const positives = Math.round(rate * BATCH);
  return {
    size: BATCH,
    dense: Float32Array.from({ length: BATCH * config.denseFeatures }, () =>
      Math.log1p(Math.floor(Math.exp(10 * stream.nextUniform()) - 1)),
    ),
    features: featuresOf(config.tables, config.features).map(({ numEmbeddings }) => ({
      indices: Uint32Array.from({ length: BATCH }, () => stream.nextInteger(numEmbeddings)),
      offsets: Uint32Array.from({ length: BATCH + 1 }, (_, b) => b),
    })),
    labels: Float32Array.from({ length: BATCH }, (_, b) => (b < positives ? 1 : 0)),
  };
}
