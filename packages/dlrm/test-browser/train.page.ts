import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { createGpuBackend, type GpuMode } from '@ttrec/backend-gpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { Dlrm, type DlrmConfig, type LabelledBatch } from '@ttrec/dlrm';
import { RandomStream } from '@ttrec/random';

/** ttrec's own engines, and gpu.js in one of its modes. */
export type EngineName = 'reference' | 'wasm' | GpuMode;

/** Tensor-train tables, one of them of every id that 32 bits hold, and a small dense and a hashed one. */
const config: DlrmConfig = {
  denseFeatures: 3,
  embeddingDim: 8,
  tables: [
    { name: 'people', numEmbeddings: 2 ** 32, config: { kind: 'tt', ranks: 8 } },
    { name: 'things', numEmbeddings: 5_000, config: { kind: 'tt', ranks: 4 } },
    { name: 'places', numEmbeddings: 60, config: { kind: 'dense' } },
    {
      name: 'words',
      numEmbeddings: 3_000_000_000,
      config: { kind: 'hash', buckets: 300, into: { kind: 'tt', ranks: 4 } },
    },
  ],
  features: [
    { name: 'person', table: 'people' },
    { name: 'things', table: 'things', pooling: 'mean' },
    { name: 'place', table: 'places' },
    { name: 'words', table: 'words' },
  ],
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
export async function train(name: EngineName, steps: number): Promise<{ engine: string; losses: number[] }> {
  const backend = await engineNamed(name);
  const model = new Dlrm(backend, config);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss } = await model.trainStep(batchOf(`step ${step % 50}`), { learningRate: 0.05 });
    losses.push(loss);
  }
  const { engine } = backend.capabilities;
  model.dispose();
  await backend.dispose();
  return { engine, losses };
}

async function engineNamed(name: EngineName): Promise<Backend> {
  if (name === 'reference') return createCpuBackend();
  if (name === 'wasm') return createWasmBackend({ simd: 'strict' });
  return createGpuBackend({ mode: name, software: true });
}

/** Bags of up to three ids, the largest of all among them; clicked where the first id is even. */
function batchOf(name: string): LabelledBatch {
  const stream = new RandomStream(5, name);
  const limits = new Map(config.tables.map((table) => [table.name, table.numEmbeddings]));
  const features = config.features.map(({ table }) => {
    const limit = limits.get(table)!;
    const bags = Array.from({ length: BATCH }, (_, b) => {
      const ids = Array.from({ length: stream.nextInteger(3) }, () =>
        stream.nextInteger(Math.min(limit, 1000)),
      );
      return b % 8 === 0 ? [limit - 1 - (b % 16), ...ids] : ids;
    });
    const offsets = new Uint32Array(BATCH + 1);
    bags.forEach((bag, b) => (offsets[b + 1] = offsets[b]! + bag.length));
    return { indices: Uint32Array.from(bags.flat()), offsets };
  });
  const { indices, offsets } = features[0]!;
  return {
    size: BATCH,
    dense: Float32Array.from({ length: BATCH * config.denseFeatures }, () => stream.nextUniform()),
    features,
    labels: Float32Array.from({ length: BATCH }, (_, b) => (indices[offsets[b]!] ?? 0) % 2),
  };
}
