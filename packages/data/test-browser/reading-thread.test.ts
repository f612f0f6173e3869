import { useChromium } from '@ttrec/browser-tests';
import { expect, test } from 'vitest';
import type * as Entry from './reading-thread.page.ts';

const chromium = useChromium();
const entry = new URL('./reading-thread.page.ts', import.meta.url);
const modules = { '/reading.js': new URL('../src/reading-worker.ts', import.meta.url) };
const csp = "default-src 'self'";

test.each([
  ['a page', {}],
  ['a worker', { where: 'worker' as const }],
  ['an isolated page', { isolated: true }],
])('%s has its rows read by a worker, with the same batches', async (_, setting) => {
  const page = await chromium.open<typeof Entry>({ entry, modules, csp, minify: true, ...setting });
  const here = await page.call('epoch');
  expect(here).toMatchObject({ rowsAre: 'streamed', readingThread: false });
  expect(here.bits.length).toBe(36);
  const there = await page.call('epoch', { workerUrl: '/reading.js' });
  expect(there).toEqual({ ...here, readingThread: true });
});

test('a worker that is not there, and one without an address, are errors', async () => {
  const page = await chromium.open<typeof Entry>({ entry, modules, csp });
  await expect(page.call('epoch', { workerUrl: '/nowhere.js' })).rejects.toMatchObject({
    code: 'data/reading-thread-failed',
    message: expect.stringContaining('a worker at /nowhere.js that could not be started'),
  });
  await expect(page.call('epoch', true)).rejects.toMatchObject({
    code: 'data/bad-option',
    message: expect.stringContaining('must be { workerUrl } or false in a page, got true'),
  });
});
