import { createCpuBackend } from '@ttrec/backend-cpu';
import type { Backend } from '@ttrec/backend';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { Dlrm, type DlrmConfig, type LabelledBatch } from '@ttrec/dlrm';
import type { OptimizerConfig } from '@ttrec/embeddings';
import { fillNormal, RandomStream } from '@ttrec/core';
import { expect, test } from 'vitest';

const STEPS = 20;
const BATCH = 48;

function modelConfig(rule: OptimizerConfig['rule']): DlrmConfig {
  const tables = [
    { name: 'dense', numEmbeddings: 300, config: { kind: 'dense' } },
    { name: 'tt', numEmbeddings: 100_000, config: { kind: 'tt', ranks: 8 } },
    {
      name: 'hash',
      numEmbeddings: 1_000_000,
      config: { kind: 'hash', buckets: 500, into: { kind: 'tt', ranks: 4 } },
    },
  ] as const;
  return {
    denseFeatures: 5,
    embeddingDim: 16,
    tables,
    features: tables.map(({ name }) => name),
    bottomMlp: [32],
    topMlp: [24],
    interaction: { kind: 'dot' },
    optimizer: { embeddings: { rule }, dense: { rule } },
    seed: 5,
  };
}

/** Bags of 0 to 4 ids, half of them among the first hundred, so that rows and prefixes are shared. */
function batchOf({ tables }: DlrmConfig, step: number, size = BATCH): LabelledBatch {
  const stream = new RandomStream(6, `batch ${step}`);
  const dense = new Float32Array(size * 5);
  fillNormal(dense, stream);
  const features = tables.map(({ numEmbeddings }) => {
    const bags = Array.from({ length: size }, () =>
      Array.from({ length: stream.nextInteger(5) }, () =>
        stream.nextInteger(stream.nextInteger(2) === 0 ? 100 : numEmbeddings),
      ),
    );
    const offsets = new Uint32Array(size + 1);
    bags.forEach((bag, b) => (offsets[b + 1] = offsets[b]! + bag.length));
    return { indices: Uint32Array.from(bags.flat()), offsets };
  });
  return {
    size,
    dense,
    labels: Float32Array.from({ length: size }, () => stream.nextInteger(2)),
    features,
  };
}

async function losses(backend: Backend, config: DlrmConfig): Promise<number[]> {
  const model = new Dlrm({ backend, ...config });
  const all: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const { loss } = await model.trainStep(batchOf(config, step), { learningRate: 0.05 });
    all.push(loss);
  }
  model.dispose();
  expect(backend.memory().buffers).toBe(0);
  await backend.dispose();
  return all;
}

test.each(['sgd', 'adagrad'] as const)(
  '%s: 20 steps lose the same on every engine, but for rounding',
  async (rule) => {
    const config = modelConfig(rule);
    const reference = await losses(createCpuBackend(), config);
    const { engine } = (await createWasmBackend()).capabilities;
    const simds = engine.includes('relaxed') ? (['strict', 'relaxed'] as const) : (['strict'] as const);
    for (const simd of simds) {
      const got = await losses(await createWasmBackend({ simd }), config);
      // A loss is a mean of numbers near 0.7 that float32 holds to 6e-8; 20 steps of sums of some hundred terms widen that.
      got.forEach((loss, step) => {
        expect(Math.abs(loss - reference[step]!), `${simd}, step ${step}`).toBeLessThan(1e-5);
      });
    }
    expect(reference.at(-1)).not.toBe(reference[0]);
  },
);

test('the strict build trains to the same bits again', async () => {
  const config = modelConfig('adagrad');
  const run = async (): Promise<number[]> => losses(await createWasmBackend({ simd: 'strict' }), config);
  expect(await run()).toEqual(await run());
});

test('two and three threads train to the bits of one, where batches are large enough to be cut', async () => {
  const config: DlrmConfig = { ...modelConfig('adagrad'), bottomMlp: [128, 64], topMlp: [128, 64] };
  const train = async (threads: number): Promise<Uint32Array[]> => {
    const backend = await createWasmBackend({ threads });
    const model = new Dlrm({ backend, ...config });
    for (let step = 0; step < 3; step++) {
      await model.trainStep(batchOf(config, step, 1000), { learningRate: 0.05 });
    }
    const weights = await Promise.all(model.parameters.map((parameter) => backend.read(parameter.weights)));
    await backend.dispose();
    return weights.map(({ buffer }) => new Uint32Array(buffer));
  };
  const one = await train(1);
  expect(await train(2)).toEqual(one);
  expect(await train(3)).toEqual(one);
});

test('1,000 steps leave the memory, and what the engine holds of the system, where the first hundred took them', async () => {
  const { memory, create } = watchedBackend();
  const backend = await create();
  const config = modelConfig('sgd');
  const model = new Dlrm({ backend, ...config });
  const batches = Array.from({ length: 20 }, (_, step) => batchOf(config, step));
  const held = () => ({ peak: backend.memory().peakBytes, linear: memory().buffer.byteLength });
  let settled = held();
  for (let step = 0; step < 1000; step++) {
    await model.trainStep(batches[step % 20]!, { learningRate: 0.01 });
    if (step === 99) settled = held();
  }
  expect(held()).toEqual(settled);
  expect(settled.linear).toBeGreaterThan(settled.peak);
});

/** A backend whose WebAssembly memory can be seen. */
function watchedBackend(): { memory: () => WebAssembly.Memory; create: () => Promise<Backend> } {
  const { Memory } = WebAssembly;
  let made: WebAssembly.Memory | undefined;
  const create = async (): Promise<Backend> => {
    WebAssembly.Memory = function (pages: WebAssembly.MemoryDescriptor) {
      return (made = new Memory(pages));
    } as unknown as typeof Memory;
    try {
      return await createWasmBackend();
    } finally {
      WebAssembly.Memory = Memory;
    }
  };
  return { memory: () => made!, create };
}
