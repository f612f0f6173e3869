/**
 * Several threads against one: the same training steps in turn, on two backends of one process. Prints the median of
 * the pairs' ratios and their spread, and each side's times in its fastest tenth of steps, which nobody has disturbed:
 * all of the step; what processors spent on it, and how much of that on the busiest thread, which tells on a busy machine
 * what a free one would gain; kernel by kernel; and the host's own work (tries, groups, checks), which no thread shares.
 *
 * node --conditions=@ttrec/source packages/dlrm/bench/threads.ts [--threads 2] [--seconds 10] [case …]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Backend } from '@ttrec/backend';
import { kernelNames, type KernelName, type Kernels } from '@ttrec/backend/kernels';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { Dlrm, type LabelledBatch } from '@ttrec/dlrm';
import { EmbeddingBag, type TableConfig } from '@ttrec/embeddings';
import { fillNormal, RandomStream } from '@ttrec/core';

const CARDINALITIES = [
  1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
  5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
];
const LARGEST = 7;
const BATCHES = 4;

type Step = (i: number) => Promise<unknown>;

/** Small ids are frequent, the largest occur. */
function frequentFirst(rows: number, stream: RandomStream): number {
  return Math.min(rows - 1, Math.floor(Math.exp(stream.nextUniform() * Math.log(rows + 1))) - 1);
}

function clicks(size: number, stream: RandomStream): LabelledBatch {
  const dense = new Float32Array(size * 13);
  fillNormal(dense, stream);
  const offsets = Uint32Array.from({ length: size + 1 }, (_, b) => b);
  return {
    size,
    dense,
    labels: Float32Array.from({ length: size }, () => (stream.nextUniform() < 0.25 ? 1 : 0)),
    features: CARDINALITIES.map((rows) => ({
      indices: Uint32Array.from({ length: size }, () => frequentFirst(rows, stream)),
      offsets,
    })),
  };
}

/** Criteo Kaggle's shape: 13-512-256-64-16, 26 tables, 512-256-1, SGD. */
function dlrmStep(backend: Backend, size: number, large: TableConfig): Step {
  const threshold = CARDINALITIES.toSorted((a, b) => b - a)[LARGEST - 1]!;
  const model = new Dlrm({
    backend,
    denseFeatures: 13,
    embeddingDim: 16,
    tables: CARDINALITIES.map((numEmbeddings, t) => ({
      name: `C${t + 1}`,
      numEmbeddings,
      config: numEmbeddings >= threshold ? large : { kind: 'dense' },
    })),
    features: CARDINALITIES.map((_, t) => `C${t + 1}`),
    bottomMlp: [512, 256, 64],
    topMlp: [512, 256],
    interaction: { kind: 'dot' },
    optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
    seed: 1,
  });
  const stream = new RandomStream(1, 'bench/threads');
  const batches = Array.from({ length: BATCHES }, () => clicks(size, stream));
  return (i) => model.trainStep(batches[i % BATCHES]!, { learningRate: 0.01 });
}

/** One tensor-train bag of 10,131,227 rows at rank 32. */
function bagStep(backend: Backend, { dim, bags, pool }: { dim: number; bags: number; pool: number }): Step {
  const numEmbeddings = CARDINALITIES[2]!;
  const bag = new EmbeddingBag({
    backend,
    numEmbeddings,
    embeddingDim: dim,
    table: { kind: 'tt', ranks: 32 },
  });
  const stream = new RandomStream(1, 'bench/threads');
  const offsets = Uint32Array.from({ length: bags + 1 }, (_, b) => b * pool);
  const batches = Array.from({ length: BATCHES }, () => ({
    offsets,
    indices: Uint32Array.from({ length: bags * pool }, () => frequentFirst(numEmbeddings, stream)),
  }));
  const gradOut = new Float32Array(bags * dim).fill(0.05);
  return async (i) => {
    bag.forward(batches[i % BATCHES]!);
    bag.backward({ gradOut, learningRate: 1e-4 });
    await backend.sync();
  };
}

const hashed: TableConfig = { kind: 'hash', buckets: 20_000, into: { kind: 'dense' } };
const cases: Readonly<Record<string, (backend: Backend) => Step>> = {
  'dlrm-128': (backend) => dlrmStep(backend, 128, hashed),
  'dlrm-2048': (backend) => dlrmStep(backend, 2048, hashed),
  'dlrm-2048-tt': (backend) => dlrmStep(backend, 2048, { kind: 'tt', ranks: 32 }),
  'tt-d64-2048x1': (backend) => bagStep(backend, { dim: 64, bags: 2048, pool: 1 }),
  'tt-d64-2048x32': (backend) => bagStep(backend, { dim: 64, bags: 2048, pool: 32 }),
  'tt-d16-2048x32': (backend) => bagStep(backend, { dim: 16, bags: 2048, pool: 32 }),
};

/** Milliseconds of a step: in each kernel, in all, and of processors on the calling thread and on the others. */
interface StepTimes {
  readonly kernels: Map<KernelName, number>;
  readonly all: number;
  readonly own: number;
  readonly others: number;
}

/** A backend that adds up the times of its kernels; right where these run when they are called. */
function timed(backend: Backend): { backend: Backend; times: Map<KernelName, number> } {
  const times = new Map<KernelName, number>();
  const kernels = kernelNames.map((name) => [
    name,
    (args: never) => {
      const start = performance.now();
      (backend[name] as (args: never) => void)(args);
      times.set(name, (times.get(name) ?? 0) + performance.now() - start);
    },
  ]);
  return { backend: { ...backend, ...(Object.fromEntries(kernels) as unknown as Kernels) }, times };
}

async function contender(threads: number, make: (backend: Backend) => Step) {
  const own = await createWasmBackend({ threads });
  const { backend, times } = timed(own);
  const step = make(backend);
  const run = async (i: number): Promise<StepTimes> => {
    times.clear();
    const [process0, thread0] = [process.cpuUsage(), process.threadCpuUsage()];
    const start = performance.now();
    await step(i);
    const all = performance.now() - start;
    const [own, total] = [
      milliseconds(process.threadCpuUsage(thread0)),
      milliseconds(process.cpuUsage(process0)),
    ];
    return { all, own, others: total - own, kernels: new Map(times) };
  };
  for (let i = 0; i < BATCHES; i++) await run(i);
  return { run, dispose: () => own.dispose() };
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

/** The mean of the fastest tenth. */
function undisturbed(steps: readonly StepTimes[], of: (step: StepTimes) => number): number {
  const fastest = steps.map(of).sort((a, b) => a - b);
  const tenth = fastest.slice(0, Math.max(1, Math.floor(fastest.length / 10)));
  return tenth.reduce((sum, ms) => sum + ms, 0) / tenth.length;
}

async function compare(name: string, threads: number, seconds: number): Promise<void> {
  const [one, many] = [await contender(1, cases[name]!), await contender(threads, cases[name]!)];
  const pairs: (readonly [StepTimes, StepTimes])[] = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) pairs.push([await one.run(pairs.length), await many.run(pairs.length)]);
  await Promise.all([one.dispose(), many.dispose()]);

  const ratios = pairs.map(([a, b]) => a.all / b.all).sort((a, b) => a - b);
  const at = (share: number) => ratios[Math.floor(share * (ratios.length - 1))]!.toFixed(2);
  const sides = [pairs.map(([a]) => a), pairs.map(([, b]) => b)] as const;
  const line = (label: string, of: (step: StepTimes) => number) => {
    const [a, b] = sides.map((steps) => undisturbed(steps, of)) as [number, number];
    if (a >= 0.05) console.log(`  ${label}: ${a.toFixed(2)} ms, ${b.toFixed(2)} ms, ${(a / b).toFixed(2)}x`);
  };
  console.log(
    `${name}: ${at(0.5)}x (10 % to 90 %: ${at(0.1)} to ${at(0.9)}), ${pairs.length} pairs, load ${loadavg()[0]!.toFixed(1)}`,
  );
  line('all', ({ all }) => all);
  line('processors, all threads', ({ own, others }) => own + others);
  line('processor of the busiest', ({ own, others }) => Math.max(own, others / (threads - 1)));
  for (const kernel of kernelNames) line(kernel, ({ kernels }) => kernels.get(kernel) ?? 0);
  line('host', ({ all, kernels }) => all - [...kernels.values()].reduce((sum, ms) => sum + ms, 0));
}

const { values, positionals } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '10' },
  },
  allowPositionals: true,
});
for (const name of positionals.length > 0 ? positionals : Object.keys(cases)) {
  await compare(name, Number(values.threads), Number(values.seconds));
}
