import { conformanceCases } from '@ttrec/testkit/backend';
import { useChromium } from '@ttrec/browser-tests';
import { describe, expect, test } from 'vitest';
import type * as Entry from './conformance.page.ts';

const entry = new URL('./conformance.page.ts', import.meta.url);
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const names = conformanceCases.map(({ name }) => name);

const chromium = useChromium();

const places = (['page', 'worker'] as const).flatMap((where) =>
  [false, true].map((isolated) => ({
    where,
    isolated,
    title: `${where}, ${isolated ? 'isolated' : 'not isolated'}`,
  })),
);

describe.each(places)('backend-wasm in a $title, minified', ({ where, isolated }) => {
  test.each(['strict', 'relaxed'] as const)('%s, one thread: the conformance suite holds', async (simd) => {
    const page = await chromium.open<typeof Entry>({ entry, where, isolated, minify: true });
    expect(await page.call('conformance', { simd })).toEqual(names);
  });

  test('two threads run where memory can be shared, and give the bits of one', async () => {
    const page = await chromium.open<typeof Entry>({ entry, where, isolated, minify: true });
    if (isolated) {
      expect(await page.call('capabilities', { threads: 2 })).toMatchObject({ threads: 2 });
      const one = await page.call('productBits', { threads: 1 });
      expect(await page.call('productBits', { threads: 2 })).toEqual(one);
    } else {
      await expect(page.call('capabilities', { threads: 2 })).rejects.toMatchObject({
        code: 'backend-wasm/unavailable',
      });
      const { threads, threadsReason } = await page.call('capabilities', { threads: 'auto' });
      expect(threads).toBe(1);
      expect(threadsReason).toMatch(/not cross-origin isolated|one processor/);
    }
  });

  test.runIf(isolated).each(['strict', 'relaxed'] as const)(
    '%s, two threads: the conformance suite holds',
    async (simd) => {
      const page = await chromium.open<typeof Entry>({ entry, where, isolated, minify: true });
      expect(await page.call('conformance', { simd, threads: 2 })).toEqual(names);
    },
  );
});

describe("under script-src 'self' 'wasm-unsafe-eval'", () => {
  test.each(['page', 'worker'] as const)('the suite holds in a %s, on one thread', async (where) => {
    const page = await chromium.open<typeof Entry>({ entry, where, csp: POLICY, minify: true });
    expect(await page.call('conformance', {})).toEqual(names);
  });

  test.each(['page', 'worker'] as const)(
    'in a %s, a worker made of text is refused: auto is one thread and says so; one that the page hosts is not',
    async (where) => {
      const modules = { '/ttrec-worker.js': new URL('../src/worker.ts', import.meta.url) };
      const setting = { entry, modules, where, isolated: true, csp: POLICY, minify: true };
      const page = await chromium.open<typeof Entry>(setting);
      const alone = await page.call('capabilities', { threads: 'auto' });
      expect(alone.threads).toBe(1);
      expect(alone.threadsReason).toMatch(/workerUrl|one processor/);
      await expect(page.call('capabilities', { threads: 2 })).rejects.toMatchObject({
        code: 'backend-wasm/unavailable',
        message: expect.stringContaining('worker-src blob:'),
      });
      const hosted = { threads: 2, workerUrl: '/ttrec-worker.js' };
      expect(await page.call('capabilities', hosted)).toMatchObject({ threads: 2 });
      const one = await page.call('productBits', { threads: 1 });
      expect(await page.call('productBits', hosted)).toEqual(one);
    },
  );

  test('a worker that is not there is an error with its address', async () => {
    const page = await chromium.open<typeof Entry>({ entry, isolated: true, csp: POLICY });
    await expect(page.call('capabilities', { threads: 2, workerUrl: '/nowhere.js' })).rejects.toMatchObject({
      code: 'backend-wasm/unavailable',
      message: expect.stringContaining('/nowhere.js'),
    });
  });
});

test('the main thread of a page goes on while threads compute', async () => {
  const page = await chromium.open<typeof Entry>({ entry, isolated: true });
  // Where the page computes, the stream is over before the event loop comes round.
  expect(await page.call('turnsMeanwhile', { threads: 1 })).toBe(0);
  expect(await page.call('turnsMeanwhile', { threads: 2 })).toBeGreaterThan(0);
});

describe('on a page, where a worker leads', () => {
  const modules = { '/hanging-worker.js': new URL('./hanging-worker.ts', import.meta.url) };
  const options = { threads: 2, workerUrl: '/hanging-worker.js' };

  test.each([
    [1, 'following thread 1: must live as long as its backend, got the end of its worker.'],
    [0, 'the thread that leads: must carry out the stream, got the end of its worker.'],
  ])('the end of worker %s, which no event tells, ends the wait with an error', async (which, words) => {
    const page = await chromium.open<typeof Entry>({ entry, modules, isolated: true, minify: true });
    const said = await page.call('losing', which, options);
    expect(said).toMatch(/^backend-wasm\/thread-failed: /);
    expect(said).toContain(words);
  });
});
