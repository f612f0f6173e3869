/**
 * Milliseconds of a training step (forward, backward, SGD) and of a forward of one TT embedding bag: N 10,131,227, row
 * factors (200, 220, 250), rank 32, 2048 bags. Medians and best of wall time, median of CPU time, and
 * with --profile where the time goes.
 * Batches are drawn before the clock starts and rotate.
 *
 * node --conditions=@ttrec/source packages/dlrm/bench/tt-bag-step.ts [--backend cpu|wasm|wasm-strict] [--seconds 2] [--profile] [case …]
 */
import { parseArgs } from 'node:util';
import type { Backend } from '@ttrec/backend';
import { kernelNames, multiplyAdds, type Kernels } from '@ttrec/backend/kernels';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { EmbeddingBag } from '@ttrec/embeddings';
import { RandomStream } from '@ttrec/core';

const ROWS = 10_131_227;
const BAGS = 2048;
const RANK = 32;

const cases = [
  { name: 'D64x1-uniform', dim: 64, pool: 1, zipf: false },
  { name: 'D64x32-zipf', dim: 64, pool: 32, zipf: true },
  { name: 'D16x1-uniform', dim: 16, pool: 1, zipf: false },
  { name: 'D16x32-zipf', dim: 16, pool: 32, zipf: true },
];

const engines: Readonly<Record<string, () => Promise<Backend>>> = {
  cpu: async () => createCpuBackend(),
  wasm: () => createWasmBackend(),
  'wasm-strict': () => createWasmBackend({ simd: 'strict' }),
};

/** Times and work of each call of each kernel. Right where kernels run when they are called. */
function profiled(backend: Backend): {
  backend: Backend;
  calls: Map<string, { ms: number; flop: number }[]>;
} {
  const calls = new Map<string, { ms: number; flop: number }[]>(kernelNames.map((name) => [name, []]));
  const timed = kernelNames.map((name) => [
    name,
    (args: never) => {
      const start = performance.now();
      (backend[name] as (args: never) => void)(args);
      const ms = performance.now() - start;
      calls.get(name)!.push({ ms, flop: 2 * multiplyAdds(name, args) });
    },
  ]);
  return { backend: { ...backend, ...(Object.fromEntries(timed) as unknown as Kernels) }, calls };
}

/** A line a kernel: milliseconds a step, from the fastest tenth of its calls, which nobody has disturbed. */
function showProfile(calls: Map<string, { ms: number; flop: number }[]>, steps: number): void {
  for (const [kernel, all] of calls) {
    if (all.length === 0) continue;
    // Calls of a kernel differ in size (an update for each core): each step is one set of calls.
    const perStep = all.length / steps;
    const sums = Array.from({ length: steps }, (_, step) => {
      const own = all.slice(step * perStep, (step + 1) * perStep);
      return {
        ms: own.reduce((sum, { ms }) => sum + ms, 0),
        flop: own.reduce((sum, { flop }) => sum + flop, 0),
      };
    }).sort((a, b) => a.ms - b.ms);
    const { ms, flop } = sums[Math.floor(sums.length / 10)]!;
    console.log(`  ${kernel}: ${ms.toFixed(2)} ms a step, ${(flop / ms / 1e6).toFixed(1)} GFLOP/s`);
  }
}

/** Zipf with exponent 1.05 over all rows, by inversion of the continuous distribution: id 0 is the most frequent. */
function zipfId(uniform: number): number {
  const power = 1 - 1.05;
  return Math.min(ROWS - 1, Math.floor((uniform * ((ROWS + 1) ** power - 1) + 1) ** (1 / power)) - 1);
}

function batches({ pool, zipf }: (typeof cases)[number]) {
  const stream = new RandomStream(1, 'bench/tt');
  const offsets = Uint32Array.from({ length: BAGS + 1 }, (_, b) => b * pool);
  return Array.from({ length: Math.max(4, 64 / pool) }, () => ({
    offsets,
    indices: Uint32Array.from({ length: BAGS * pool }, () =>
      zipf ? zipfId(stream.nextUniform()) : stream.nextInteger(ROWS),
    ),
  }));
}

function median(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1]!;
}

function measure(name: string, seconds: number, step: (i: number) => void): number {
  for (let i = 0; i < 5; i++) step(i);
  const wall: number[] = [];
  const cpu: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    const before = process.cpuUsage();
    const start = performance.now();
    step(wall.length);
    wall.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  for (const times of [wall, cpu]) times.sort((a, b) => a - b);
  const [middle, best, processor] = [median(wall), wall[0]!, median(cpu)].map((ms) => ms.toFixed(2));
  console.log(`${name}: median ${middle} ms, best ${best} ms, CPU ${processor} ms, ${wall.length} steps`);
  return wall.length + 5;
}

const { values, positionals } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    seconds: { type: 'string', default: '2' },
    profile: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const create = engines[values.backend];
if (!create) throw new Error(`--backend must be one of ${Object.keys(engines).join(', ')}`);
for (const shape of cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const { backend, calls } = profiled(await create());
  const bag = new EmbeddingBag({
    backend: values.profile ? backend : await create(),
    numEmbeddings: ROWS,
    embeddingDim: shape.dim,
    table: { kind: 'tt', ranks: RANK },
  });
  const rotating = batches(shape);
  const batch = (i: number) => rotating[i % rotating.length]!;
  const gradOut = new Float32Array(BAGS * shape.dim).fill(0.05);
  const name = `${values.backend} ${shape.name}`;
  measure(`${name} forward`, Number(values.seconds), (i) => void bag.forward(batch(i), { training: false }));
  for (const own of calls.values()) own.length = 0;
  const steps = measure(`${name} train`, Number(values.seconds), (i) => {
    bag.forward(batch(i));
    bag.backward({ gradOut, learningRate: 1e-4 });
  });
  if (values.profile) showProfile(calls, steps);
  bag.dispose();
}
