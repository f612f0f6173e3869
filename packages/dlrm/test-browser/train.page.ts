import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import { batchOf, engineNamed, type EngineName } from './engines.ts';

/** Tensor-train tables, one of them of every id that 32 bits hold, and a small dense and a hashed one. */
const config: DlrmConfig = {
  denseFeatures: 3,
  embeddingDim: 8,
  tables: [
    { name: 'people', numEmbeddings: 2 ** 32, config: { kind: 'tt', ranks: 8 } },
    { name: 'things', numEmbeddings: 5_000, config: { kind: 'tt', ranks: 4 }, pooling: 'mean' },
    { name: 'places', numEmbeddings: 60, config: { kind: 'dense' } },
    {
      name: 'words',
      numEmbeddings: 3_000_000_000,
      config: { kind: 'hash', buckets: 300, into: { kind: 'tt', ranks: 4 } },
    },
  ],
  features: ['people', 'things', 'places', 'words'],
  bottomMlp: [16],
  topMlp: [16, 8],
  interaction: { kind: 'dot' },
  // With the default epsilon of 1e-10 a first gradient that is nothing but rounding error moves a weight by the whole
  // learning rate: engines then part by their last bits, times 10^5.
  optimizer: { embeddings: { rule: 'adagrad', epsilon: 1e-4 }, dense: { rule: 'adagrad', epsilon: 1e-4 } },
  seed: 7,
};

const BATCH = 64;

/** Losses of the first steps from one seed, and what computed them. */
export async function train(
  name: EngineName,
  steps: number,
  tablesOnHost = false,
): Promise<{ engine: string; losses: number[] }> {
  const backend = await engineNamed(name, tablesOnHost);
  const model = new Dlrm({ backend, ...config });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss } = await model.trainStep(batchOf(config, BATCH, `step ${step}`), { learningRate: 0.05 });
    losses.push(loss);
  }
  const { engine } = backend.capabilities;
  model.dispose();
  await backend.dispose();
  return { engine, losses };
}
