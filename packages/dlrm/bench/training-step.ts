/**
 * Samples a second of a DLRM training step, Criteo Kaggle's shape: 13-512-256-64-16, 26 tables,
 * 512-256-1. Batches are drawn before the clock starts and rotate. Prints the median and the spread of the steps.
 *
 * node --conditions=@ttrec/source packages/dlrm/bench/training-step.ts [--backend cpu|wasm|wasm-strict] [batch size …]
 */
import { parseArgs } from 'node:util';
import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { Dlrm, type LabelledBatch } from '@ttrec/dlrm';
import type { TableConfig } from '@ttrec/embeddings';
import { fillNormal, RandomStream } from '@ttrec/core';

const cardinalities = [
  1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
  5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
];
const LARGEST = 7;
const BATCHES = 8;
const SECONDS = 6;

const engines: Readonly<Record<string, () => Promise<Backend>>> = {
  cpu: async () => createCpuBackend(),
  wasm: () => createWasmBackend(),
  'wasm-strict': () => createWasmBackend({ simd: 'strict' }),
};

function model(backend: Backend, large: TableConfig): Dlrm {
  const threshold = cardinalities.toSorted((a, b) => b - a)[LARGEST - 1]!;
  return new Dlrm({
    backend,
    denseFeatures: 13,
    embeddingDim: 16,
    tables: cardinalities.map((numEmbeddings, t) => ({
      name: `C${t + 1}`,
      numEmbeddings,
      config: numEmbeddings >= threshold ? large : { kind: 'dense' },
    })),
    features: cardinalities.map((_, t) => `C${t + 1}`),
    bottomMlp: [512, 256, 64],
    topMlp: [512, 256],
    interaction: { kind: 'dot' },
    optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
    seed: 1,
  });
}

/** Ids Zipf-like: the exponential of a uniform number, so that small ids are frequent and the largest occur. */
function batch(size: number, stream: RandomStream): LabelledBatch {
  const dense = new Float32Array(size * 13);
  fillNormal(dense, stream);
  const offsets = Uint32Array.from({ length: size + 1 }, (_, b) => b);
  const id = (rows: number) =>
    Math.min(rows - 1, Math.floor(Math.exp(stream.nextUniform() * Math.log(rows + 1))) - 1);
  return {
    size,
    dense,
    labels: Float32Array.from({ length: size }, () => (stream.nextUniform() < 0.25 ? 1 : 0)),
    features: cardinalities.map((rows) => ({
      indices: Uint32Array.from({ length: size }, () => id(rows)),
      offsets,
    })),
  };
}

async function measure(name: string, dlrm: Dlrm, size: number): Promise<void> {
  const stream = new RandomStream(1, 'bench');
  const batches = Array.from({ length: BATCHES }, () => batch(size, stream));
  const step = (i: number) => dlrm.trainStep(batches[i % BATCHES]!, { learningRate: 0.01 });
  for (let i = 0; i < 3; i++) await step(i);
  const rates: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    await step(rates.length);
    rates.push((size / (performance.now() - start)) * 1000);
  }
  rates.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(rates[Math.floor(share * (rates.length - 1))]!).toLocaleString('en-US');
  console.log(
    `${name}, batch ${size}: ${at(0.5)} samples/s (10 % to 90 %: ${at(0.1)} to ${at(0.9)}), ${rates.length} steps`,
  );
}

const { values, positionals } = parseArgs({
  options: { backend: { type: 'string', default: 'wasm' } },
  allowPositionals: true,
});
const create = engines[values.backend];
if (!create) throw new Error(`--backend must be one of ${Object.keys(engines).join(', ')}`);
const sizes = positionals.map(Number);
const variants: [string, TableConfig][] = [
  ['tt rank 32 on the 7 largest', { kind: 'tt', ranks: 32 }],
  ['hash to 20,000 rows on the 7 largest', { kind: 'hash', buckets: 20_000, into: { kind: 'dense' } }],
];
for (const [name, config] of variants) {
  const backend = await create();
  console.log(backend.capabilities.engine);
  const dlrm = model(backend, config);
  for (const size of sizes.length > 0 ? sizes : [128, 2048]) await measure(name, dlrm, size);
}
