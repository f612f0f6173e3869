import { wholeBlock, type Backend } from '@ttrec/backend';
import { conformanceSuite, naiveTrie } from '@ttrec/testkit/backend';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { RandomStream } from '@ttrec/core';
import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createForced } from '../src/create-wasm-backend.ts';
import { builds } from './builds.ts';
import { fuzzCases, Stage } from './fuzz-cases.ts';

/** Every kernel is cut, and every level of a train has chunks, however little work there is. */
const CUT_ALL = { leastPart: 1e-9, leastChunk: 1e-9 };
/** As on the main thread of a page: the worker that leads cuts them. */
const LED = { ...CUT_ALL, mayWait: false };

const runnable = builds.filter(({ skip }) => !skip);

/** Larger than the grain of every kernel, so that three threads find a part each; extents are no multiples of it. */
const largeCases: readonly (readonly [name: string, run: (stage: Stage) => void])[] = [
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB): readonly [string, (stage: Stage) => void] => [
      `matmul by rows, ${transposeA ? 'A transposed' : 'A'}, ${transposeB ? 'B transposed' : 'B'}`,
      (stage) => product(stage, [127, 300, 41], { transposeA, transposeB }),
    ]),
  ),
  ['matmul by columns', (stage) => product(stage, [13, 260, 131], { transposeA: false, transposeB: true })],
  ['matmul of one column', (stage) => product(stage, [500, 65, 1], { transposeA: false, transposeB: true })],
  [
    'bias and activation, backward',
    (stage) =>
      stage.backend.biasActivationBackward({
        output: stage.block(61, 101),
        gradient: stage.output(61, 101),
        gradBias: stage.output(1, 101),
        activation: 'relu',
      }),
  ],
  ['trie of long slices', (stage) => trie(stage, { rowShape: [5, 7, 9], colShape: [2, 2, 4], rank: 48 })],
  ['trie of short slices', (stage) => trie(stage, { rowShape: [6, 5, 8], colShape: [8, 4, 1], rank: 50 })],
];

function product(
  stage: Stage,
  [m, k, n]: readonly [number, number, number],
  flags: { readonly transposeA: boolean; readonly transposeB: boolean },
): void {
  const a = flags.transposeA ? stage.block(k, m) : stage.block(m, k);
  const b = flags.transposeB ? stage.block(n, k) : stage.block(k, n);
  const bias = stage.block(1, n);
  stage.backend.matmul({ a, b, ...flags, bias, activation: 'relu', out: stage.output(m, n) });
}

function trie(
  stage: Stage,
  { rowShape, colShape, rank }: { rowShape: number[]; colShape: number[]; rank: number },
): void {
  const size = rowShape.reduce((all, p) => all * p, 1);
  const rows = Array.from({ length: size }, (_, i) => i).filter(() => stage.flip());
  const ranks = [1, rank, rank, 1];
  const { levels } = naiveTrie(rows, rowShape);
  const positions = levels.map((level) =>
    Object.fromEntries(
      Object.entries(level).map(([name, value]) => [
        name,
        typeof value === 'number' ? value : stage.positions(value as ArrayLike<number>),
      ]),
    ),
  ) as unknown as Parameters<Backend['ttForward']>[0]['levels'];
  const cores = rowShape.map((p, k) => stage.buffer(p, ranks[k]! * colShape[k]! * ranks[k + 1]!));
  let width = 1;
  const widths = colShape.map((q, k) => (width *= q) * ranks[k + 1]!);
  const values = widths.map((cols, k) => stage.outputBuffer(positions[k]!.nodes, cols));
  const args = { layout: { colShape, ranks }, cores, levels: positions, values };
  stage.backend.ttForward(args);
  const gradValues = widths.map((cols, k) => stage.outputBuffer(positions[k]!.nodes, cols));
  const gradCores = cores.map((core, k) => stage.outputBuffer(positions[k]!.slices, core.cols));
  stage.backend.ttBackward({ ...args, gradValues, gradCores });
}

describe.each(runnable)('$name', ({ simd, name }) => {
  let teams: Backend[] = [];
  beforeAll(async () => {
    teams = await Promise.all([
      ...[1, 2, 3].map((threads) => createForced({ simd, threads }, CUT_ALL)),
      createForced({ simd, threads: 2 }, LED),
    ]);
  });
  afterAll(() => Promise.all(teams.map((team) => team.dispose())));

  async function bitsOf(backend: Backend, label: string, run: (stage: Stage) => void) {
    const stage = new Stage(backend, new RandomStream(23, label), false);
    try {
      run(stage);
      const outputs = await Promise.all(stage.outputs.map((buffer) => backend.read(buffer)));
      return outputs.map(({ buffer }) => new Uint32Array(buffer));
    } finally {
      stage.dispose();
    }
  }

  async function expectSameBits(label: string, run: (stage: Stage) => void): Promise<void> {
    const [one, ...others] = teams;
    const want = await bitsOf(one!, label, run);
    for (const team of others) expect(await bitsOf(team, label, run), label).toEqual(want);
  }

  test.each(largeCases)('%s: one, two and three threads give the same bits', (label, run) =>
    expectSameBits(label, run),
  );

  test('600 random cases of all kernels: one, two and three threads give the same bits', async () => {
    for (let i = 0; i < 600; i++) {
      const [kernel, run] = fuzzCases[i % fuzzCases.length]!;
      await expectSameBits(`fuzz ${i}, ${kernel}`, run);
    }
  });

  for (const [manner, forced] of [
    ['every kernel cut for two threads', CUT_ALL],
    ['the same, led by a worker', LED],
  ] as const) {
    conformanceSuite({
      name: `${name}, ${manner}`,
      create: () => createForced({ simd, threads: 2 }, forced),
      describe,
      test,
    });
  }
});

describe('threads', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('one by default; a number is had, and said', async () => {
    for (const [options, threads] of [
      [{}, 1],
      [{ threads: 3 }, 3],
    ] as const) {
      const backend = await createWasmBackend(options);
      expect(backend.capabilities).toMatchObject({ threads });
      expect(backend.capabilities.threadsReason).toBeUndefined();
      await backend.dispose();
    }
  });

  test.each([0, 1.5, 65, NaN])('%s of them are refused', async (threads) => {
    await expect(createWasmBackend({ threads })).rejects.toMatchObject({
      code: 'backend-wasm/bad-option',
      message: `[backend-wasm] threads: must be "auto" or an integer from 1 to 64, got ${threads}.`,
    });
  });

  test('where memory cannot be shared, auto is one and says why; a number is an error', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const backend = await createWasmBackend({ threads: 'auto' });
    expect(backend.capabilities.threads).toBe(1);
    expect(backend.capabilities.threadsReason).toMatch(/not cross-origin isolated|one processor/);
    await expect(createWasmBackend({ threads: 2 })).rejects.toMatchObject({
      code: 'backend-wasm/unavailable',
      message: expect.stringMatching(
        /^\[backend-wasm\] threads: must be what can be started here, got 2\. This page is not .*Choose "auto" or 1\.$/,
      ) as string,
    });
  });

  test('auto takes no more than 64, however many processors there are', async () => {
    let started = 0;
    class RefusedWorker extends EventEmitter {
      constructor() {
        super();
        started++;
        setTimeout(() => this.emit('error', new Error('there are no more')));
      }
      postMessage = () => undefined;
      terminate = async () => undefined;
    }
    const modules: Record<string, object> = {
      'node:os': { availableParallelism: () => 1000, freemem: () => 2 ** 32 },
      'node:worker_threads': { Worker: RefusedWorker },
    };
    vi.spyOn(process, 'getBuiltinModule').mockImplementation((name: string) => modules[name]);
    try {
      const { capabilities } = await createWasmBackend({ threads: 'auto' });
      expect(capabilities).toMatchObject({ threads: 1, threadsReason: 'there are no more' });
      expect(started).toBe(63);
    } finally {
      vi.restoreAllMocks();
    }
  });

  test('a process whose backend was not disposed of ends by itself', () => {
    const program = `
      import { createWasmBackend } from '@ttrec/backend-wasm';
      const { capabilities } = await createWasmBackend({ threads: 2 });
      console.log(capabilities.threads);`;
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--conditions=@ttrec/source', '--input-type=module', '--eval', program],
      { cwd: import.meta.dirname, encoding: 'utf8', timeout: 20_000 },
    );
    expect({ stdout, status }).toEqual({ stdout: '2\n', status: 0 });
  });

  test('a kernel runs where its buffers are, after other backends with threads have gone', async () => {
    const [first, second] = await Promise.all([
      createWasmBackend({ threads: 2 }),
      createWasmBackend({ threads: 2 }),
    ]);
    await first.dispose();
    const buffer = second.createBuffer({ dtype: 'float32', rows: 2000, cols: 300, label: 'ones' });
    second.fill({ out: wholeBlock(buffer), value: 1 });
    expect(new Set(await second.read(buffer))).toEqual(new Set([1]));
    await second.dispose();
  });
});
