import { wholeBlock, type Backend } from '@ttrec/backend';
import { createNativeBackend, nativeBackendFactory, type NativeBackendOptions } from '@ttrec/backend-native';
import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';

const { available } = await nativeBackendFactory.availability();

/** Products that take a processor some tenths of a second. */
function enqueueWork(backend: Backend, products = 100): { read: () => Promise<Float32Array> } {
  const matrix = (label: string) => backend.createBuffer({ dtype: 'float32', rows: 512, cols: 512, label });
  const [a, b, out] = [matrix('a'), matrix('b'), matrix('out')];
  for (const each of [a, b]) backend.fill({ out: wholeBlock(each), value: 0.5 });
  for (let i = 0; i < products; i++)
    backend.matmul({ a: wholeBlock(a), b: wholeBlock(b), out: wholeBlock(out) });
  return { read: () => backend.read(out) };
}

/** Runs a program in a process of its own; its exit code, or the signal that ended it. */
function exitOf(program: string): { status: number | null; signal: string | null; stdout: string } {
  const args = ['--conditions=@ttrec/source', '--input-type=module', '-e', `${SETUP}\n${program}`];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  return { status, signal, stdout };
}

const SETUP = `
  import { createNativeBackend } from '@ttrec/backend-native';
  import { wholeBlock } from '@ttrec/backend';
  async function busy(options, products) {
    const backend = await createNativeBackend(options);
    const matrix = () => backend.createBuffer({ dtype: 'float32', rows: 512, cols: 512, label: 'x' });
    const [a, b, c] = [matrix(), matrix(), matrix()];
    for (let i = 0; i < products; i++) {
      backend.matmul({ a: wholeBlock(a), b: wholeBlock(b), out: wholeBlock(c) });
    }
    return { backend, c };
  }`;

describe.skipIf(!available)('a free event loop', () => {
  test('turns while kernels run, and reads come in order', async () => {
    await using backend = await createNativeBackend({ eventLoop: 'free' });
    expect(Object.keys(backend)).not.toContain('readSync');
    expect(Object.keys(backend)).not.toContain('allFinite');
    const { read } = enqueueWork(backend);
    let turns = 0;
    let done = false;
    const turning = (async () => {
      while (!done) {
        await new Promise((resolve) => setImmediate(resolve));
        turns++;
      }
    })();
    const numbers = await read();
    done = true;
    await turning;
    expect(new Set(numbers)).toEqual(new Set([128]));
    expect(turns).toBeGreaterThan(10);
  });

  test('a read that is not awaited before the backend is disposed is rejected', async () => {
    const backend = await createNativeBackend({ eventLoop: 'free' });
    const { read } = enqueueWork(backend);
    const pending = read();
    await backend.dispose();
    await expect(pending).rejects.toMatchObject({ code: 'backend-native/disposed' });
  });

  test('a process ends by itself, with its kernels still running', () => {
    expect(exitOf(`await busy({ eventLoop: 'free', threads: 2 }, 1000);`)).toMatchObject({ status: 0 });
    expect(exitOf(`await busy({ eventLoop: 'free' }, 1000); process.exit(3);`)).toMatchObject({ status: 3 });
  });

  test('a process lives while a read is awaited', () => {
    const { stdout } = exitOf(`
      const { backend, c } = await busy({ eventLoop: 'free', threads: 2 }, 20);
      console.log((await backend.read(c, 0, 1))[0]);`);
    expect(stdout).toBe('0\n');
  });
});

describe.skipIf(!available)('workers', () => {
  async function answerOf(worker: Worker): Promise<unknown> {
    return new Promise((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
    });
  }
  const start = (options: NativeBackendOptions, products?: number): Worker =>
    new Worker(new URL('busy-worker.ts', import.meta.url), {
      workerData: { options, products, forever: products === undefined },
      execArgv: ['--conditions=@ttrec/source'],
    });

  test.each([{}, { threads: 2 }, { threads: 2, eventLoop: 'free' }] as const)(
    'one with %j is ended in mid-kernel, and the main thread computes on',
    async (options) => {
      await using backend = await createNativeBackend({ threads: 2 });
      const worker = start(options);
      expect(await answerOf(worker)).toBe('started');
      await worker.terminate();
      expect(new Set(await enqueueWork(backend, 2).read())).toEqual(new Set([128]));
    },
  );

  test('four compute at the same time as the main thread', async () => {
    await using backend = await createNativeBackend();
    const answers = [1, 2, 1, 2].map((threads) => answerOf(start({ threads }, 20)));
    expect(new Set(await enqueueWork(backend, 20).read())).toEqual(new Set([128]));
    expect(await Promise.all(answers)).toEqual([128, 128, 128, 128]);
  });
});
