import { wholeBlock, type Backend } from '@ttrec/backend';
import {
  createNativeBackend,
  createNativeBackendFactory,
  nativeBackendFactory,
  type NativeBackendOptions,
} from '@ttrec/backend-native';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { engines } from './engines.ts';

const native = await nativeBackendFactory.availability();
const runnable = engines.filter(({ skip }) => !skip);

describe('options', () => {
  test.each([
    [{ simd: 'sse' }, 'backend-native/bad-option', 'must be one of auto, avx512, avx2, neon'],
    [{ eventLoop: 'busy' }, 'backend-native/bad-option', 'must be one of blocked, free'],
    [{ threads: 0 }, 'backend-native/bad-option', 'must be "auto" or an integer from 1 to 64'],
    [{ threads: 65 }, 'backend-native/bad-option', 'must be "auto" or an integer from 1 to 64'],
    [{ maxTotalBytes: 0 }, 'backend-native/bad-option', 'must be a positive integer of bytes'],
    [{ thread: 2 }, 'backend-native/unknown-option', 'Did you mean "threads"?'],
  ])('%j is refused', async (options, code, words) => {
    const refused = createNativeBackend(options as NativeBackendOptions);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  test.each(engines.filter(({ skip }) => skip))(
    '$simd is not had here, and that is an error',
    async ({ simd }) => {
      const factory = createNativeBackendFactory({ simd });
      expect(await factory.availability()).toMatchObject({
        available: false,
        reason: expect.any(String) as string,
      });
      await expect(factory.create()).rejects.toMatchObject({ code: 'backend-native/unavailable' });
    },
  );
});

test.skipIf(!native.available)(
  'the factory comes before WebAssembly, and names the instruction set',
  async () => {
    expect(nativeBackendFactory).toMatchObject({ name: 'native', priority: 15 });
    expect(native).toMatchObject({
      engine: expect.stringMatching(/^native code, (AVX-512|AVX2 and FMA|NEON)$/) as string,
    });
    await using backend = await nativeBackendFactory.create();
    expect(backend.capabilities).toMatchObject({ engine: native.available ? native.engine : '', threads: 1 });
  },
);

describe.each(runnable)('$simd', ({ create, simd }) => {
  // Each is longer than the step in which memory becomes usable, and ends within a page.
  test('large buffers of any length follow each other, and hold what is written', async () => {
    await using backend = await createNativeBackend({ simd, maxTotalBytes: 2 ** 29 + 12 });
    const buffers = [2 ** 23 + 1, 2 ** 23 + 1027, 2 ** 24 + 16_397, 3].map((cols) =>
      backend.createBuffer({ dtype: 'float32', rows: 1, cols, label: `${cols}` }),
    );
    for (const [at, buffer] of buffers.entries()) {
      backend.write(buffer, Float32Array.of(at + 1), buffer.cols - 1);
      const read = { buffer, row: 0, column: buffer.cols - 2, rows: 1, cols: 2 };
      expect([...(await backend.read(read))]).toEqual([0, at + 1]);
    }
  });

  test('a dense table past 4 GiB takes memory only where it is written', async () => {
    await using backend = await createNativeBackend({ simd, maxTotalBytes: 2 ** 34 });
    const [rows, cols] = [2 ** 25, 64];
    const table = backend.createBuffer({ dtype: 'float32', rows, cols, label: 'table' });
    const last = rows * cols - cols;
    backend.write(table, new Float32Array(cols).fill(2), last);
    const out = backend.createBuffer({ dtype: 'float32', rows: 1, cols, label: 'out' });
    const positions = (values: number[]) => {
      const buffer = backend.createBuffer({
        dtype: 'uint32',
        rows: 1,
        cols: values.length,
        label: 'positions',
      });
      backend.write(buffer, Uint32Array.from(values));
      return { buffer, start: 0, length: values.length };
    };
    const gradients = backend.createBuffer({ dtype: 'float32', rows: 1, cols, label: 'gradients' });
    backend.fill({ out: wholeBlock(gradients), value: 1 });
    const common = { rule: 'sgd', weights: table, learningRate: 0.5, epsilon: 0 } as const;
    backend.update({ ...common, gradients: wholeBlock(gradients), rows: positions([rows - 1]) });
    const index = { bags: 1, offsets: positions([0, 2]), lookupRow: positions([rows - 1, 2 ** 24]) };
    backend.bagForward({
      rows: wholeBlock(table),
      index,
      pooling: 'sum',
      out: wholeBlock(out),
      columns: [0],
    });
    expect(new Set(await backend.read(out))).toEqual(new Set([1.5]));
  });

  test('a buffer that is freed comes back as zeros, large or small', async () => {
    await using backend = await create();
    for (const rows of [1000, 2 ** 18]) {
      const spec = { dtype: 'float32', rows, cols: 100, label: 'again' } as const;
      for (let round = 0; round < 2; round++) {
        const buffer = backend.createBuffer(spec);
        expect((await backend.read(buffer)).every((value) => value === 0)).toBe(true);
        backend.fill({ out: wholeBlock(buffer), value: 3 });
        buffer.dispose();
      }
    }
  });

  test('memory that cannot be had is an error with the number of bytes', async () => {
    await using backend = await createNativeBackend({ simd, maxTotalBytes: 2 ** 20 });
    expect(() => backend.createBuffer({ dtype: 'float32', rows: 2 ** 20, cols: 1, label: 'large' })).toThrow(
      'must fit 1048576 bytes',
    );
  });

  test('10,000 steps, and 300 backends, leave the memory of the process where it was', async () => {
    const backend = await create();
    step(backend, 300);
    const before = process.memoryUsage().rss;
    step(backend, 10_000);
    await backend.dispose();
    for (let i = 0; i < 300; i++) {
      await using one = await create(i % 3 === 0 ? 2 : 1);
      step(one, 1);
    }
    // Garbage of JavaScript and pages of the allocator come and go; a leak of one buffer a step were 80 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(6e7);
  });
});

/** Products with a buffer of their own each. */
function step(backend: Backend, times: number): void {
  const matrix = (label: string) => backend.createBuffer({ dtype: 'float32', rows: 45, cols: 45, label });
  const [a, b] = [matrix('a'), matrix('b')];
  for (let i = 0; i < times; i++) {
    const out = matrix('out');
    backend.matmul({ a: wholeBlock(a), b: wholeBlock(b), out: wholeBlock(out) });
    out.dispose();
  }
  a.dispose();
  b.dispose();
}

describe('where it does not load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ttrec-native-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What `availability` returns in a process of its own. */
  function availabilityIn(args: readonly string[], env: Record<string, string> = {}): unknown {
    const program =
      'const { nativeBackendFactory: f } = await import("@ttrec/backend-native");' +
      'console.log(JSON.stringify(await f.availability()));';
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@ttrec/source', ...args, '--input-type=module', '-e', program],
      { cwd: import.meta.dirname, env: { ...process.env, ...env }, encoding: 'utf8' },
    );
    expect(stdout, stderr).not.toBe('');
    return JSON.parse(stdout);
  }

  test('a file that is no library, and one that is not there, are reasons', () => {
    const broken = join(folder, 'broken.node');
    writeFileSync(broken, 'not a library');
    expect(availabilityIn([], { TTREC_NATIVE_ADDON: broken })).toMatchObject({
      available: false,
      reason: expect.stringContaining('broken.node') as string,
    });
    expect(availabilityIn([], { TTREC_NATIVE_ADDON: join(folder, 'none.node') })).toMatchObject({
      available: false,
      reason: expect.stringMatching(/no binary for \w+-\w+ at .*none\.node/) as string,
    });
  });

  test.skipIf(!native.available)('under the permission model, Node’s reason is passed on', () => {
    const args = [
      process.version.startsWith('v20') ? '--experimental-permission' : '--permission',
      '--allow-fs-read=*',
    ];
    expect(availabilityIn(args)).toMatchObject({
      available: false,
      reason: expect.stringMatching(/addon.* disabled/i) as string,
    });
  });
});
