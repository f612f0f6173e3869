import { wholeBlock, type Backend } from '@ttrec/backend';
import { checkSameBits, conformanceCases } from '@ttrec/testkit/backend';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createForced } from '../src/create-wasm-backend.ts';
import { builds } from './builds.ts';
import { OneAfterAnother } from './one-after-another.ts';

/** Every kernel is cut, and every level of a train has chunks, however little work there is. */
const CUT_ALL = { leastPart: 1e-9, leastChunk: 1e-9 };
/** As on the main thread of a page: the worker that leads cuts them. */
const LED = { ...CUT_ALL, mayWait: false };

const runnable = builds.filter(({ skip }) => !skip);

describe.each(runnable)('$name', ({ simd, name }) => {
  let teams: Backend[] = [];
  beforeAll(async () => {
    teams = await Promise.all([
      ...[1, 2, 3].map((threads) => createForced({ simd, threads }, CUT_ALL)),
      createForced({ simd, threads: 2 }, LED),
    ]);
  });
  afterAll(() => Promise.all(teams.map((team) => team.dispose())));

  test('large shapes and 600 random cases: one, two and three threads give the same bits', async () => {
    const [one, ...others] = teams;
    for (const team of others) await checkSameBits(team, one!, { cases: 600 });
  });

  for (const [manner, forced] of [
    ['every kernel cut for two threads', CUT_ALL],
    ['the same, led by a worker', LED],
  ] as const) {
    describe(`conformance of ${name}, ${manner}`, () => {
      const team = new OneAfterAnother(() => createForced({ simd, threads: 2 }, forced));
      afterAll(() => team.dispose());
      test.each(conformanceCases)('$name', (each) => team.run(each));
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
