import type { Backend } from '@ttrec/backend';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import { batchOf } from './engines.ts';

const STEPS = 50;
const BATCH = 96;

/** Every kind of kernel: tries with many and with few rows a slice, bags, thin and packed products, the interaction. */
function configOf(rule: 'sgd' | 'adagrad'): DlrmConfig {
  const tables = [
    { name: 'dense', numEmbeddings: 300, config: { kind: 'dense' } },
    { name: 'tt', numEmbeddings: 90_000, config: { kind: 'tt', ranks: 16 } },
    {
      name: 'hash',
      numEmbeddings: 1_000_000,
      config: { kind: 'hash', buckets: 500, into: { kind: 'tt', ranks: 4 } },
    },
    {
      name: 'hot-cold',
      numEmbeddings: 50_000,
      config: { kind: 'hot-cold', hot: 100, cold: { kind: 'tt', ranks: 8 } },
    },
  ] as const;
  return {
    denseFeatures: 5,
    embeddingDim: 16,
    tables,
    features: tables.map(({ name }) => name),
    bottomMlp: [64],
    topMlp: [48],
    interaction: { kind: 'dot' },
    optimizer: { embeddings: { rule }, dense: { rule } },
    seed: 5,
  };
}

/** Losses of 50 steps, and a number of all bits of the weights that these leave. */
export async function trainedBits(
  backend: Backend,
  rule: 'sgd' | 'adagrad',
): Promise<{ readonly losses: number[]; readonly weights: number }> {
  const config = configOf(rule);
  const model = new Dlrm({ backend, ...config });
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const { loss } = await model.trainStep(batchOf(config, BATCH, `batch ${step}`), { learningRate: 0.02 });
    losses.push(loss);
  }
  let weights = 0;
  for (const parameter of model.parameters) {
    const { buffer } = await backend.read(parameter.weights);
    for (const bits of new Uint32Array(buffer)) weights = (Math.imul(weights, 31) + bits) >>> 0;
  }
  model.dispose();
  return { losses, weights };
}
