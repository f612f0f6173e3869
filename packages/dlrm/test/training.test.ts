import { createCpuBackend } from '@ttrec/backend-cpu';
import { auc, Dlrm, type DlrmConfig, type LabelledBatch } from '@ttrec/dlrm';
import type { TableConfig } from '@ttrec/embeddings';
import { RandomStream } from '@ttrec/core';
import { describe, expect, test } from 'vitest';
import { modelOf } from './small-models.ts';

const IDS = 40;
const BATCH = 64;
const STEPS = 300;

const kinds: readonly (readonly [string, TableConfig])[] = [
  ['dense', { kind: 'dense' }],
  ['tt', { kind: 'tt', ranks: 8 }],
  // 64 buckets modulo: no two of the 40 ids collide, so that a hashed table can learn each of them too.
  ['hash to dense', { kind: 'hash', buckets: 64, function: 'modulo', into: { kind: 'dense' } }],
  ['hash to tt', { kind: 'hash', buckets: 64, function: 'modulo', into: { kind: 'tt', ranks: 8 } }],
];

describe.each(kinds)('a model with a %s table learns which ids are clicked', (_, table) => {
  test.each(['sgd', 'adagrad'] as const)('with %s', async (rule) => {
    const config = modelOf(table, IDS, {
      embeddingDim: 8,
      bottomMlp: [8],
      topMlp: [16],
      optimizer: { embeddings: { rule }, dense: { rule } },
    });
    await expectLearning(config, rule === 'sgd' ? 0.5 : 0.1);
  });
});

test('row-wise Adagrad on the embeddings learns too', async () => {
  const optimizer = { embeddings: { rule: 'rowwise-adagrad' }, dense: { rule: 'adagrad' } } as const;
  await expectLearning(modelOf({ kind: 'dense' }, IDS, { embeddingDim: 8, optimizer }), 0.1);
});

/** Half of the ids are always clicked, the others never: nothing but the table can tell, and nothing is left to chance. */
async function expectLearning(config: DlrmConfig, learningRate: number): Promise<void> {
  const backend = createCpuBackend();
  const model = new Dlrm({ backend, ...config });
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const { loss } = await model.trainStep(clicks(config, `step ${step}`), { learningRate });
    losses.push(loss);
  }
  const last = losses.slice(-20).reduce((sum, loss) => sum + loss, 0) / 20;
  expect(losses[0]).toBeCloseTo(Math.LN2, 1);
  expect(last, 'mean loss of the last 20 steps').toBeLessThan(0.1);
  const held = clicks(config, 'held out');
  expect(auc(held.labels, await model.predict(held))).toBeGreaterThan(0.99);
}

function clicks(config: DlrmConfig, name: string): LabelledBatch {
  const stream = new RandomStream(3, name);
  const indices = Uint32Array.from({ length: BATCH }, () => stream.nextInteger(IDS));
  return {
    size: BATCH,
    dense: Float32Array.from({ length: BATCH * config.denseFeatures }, () => stream.nextUniform()),
    features: [{ indices, offsets: Uint32Array.from({ length: BATCH + 1 }, (_, b) => b) }],
    labels: Float32Array.from(indices, (id) => (id * 7) % 2),
  };
}
