import { useChromium } from '@ttrec/browser-tests';
import { expect, test } from 'vitest';
import type * as Entry from './tall.page.ts';

const chromium = useChromium();

// A texture of SwiftShader has at most 8192 rows and columns; a dispatch of WebGPU at most 524,280 rows.
test.each([
  ['webgl2', 20_000, 3],
  ['webgl2', 3, 20_000],
  ['webgl2', 600_000, 2],
  ['webgpu', 20_000, 3],
  ['webgpu', 3, 20_000],
  ['webgpu', 524_280, 2],
] as const)('on %s a matrix of %i rows and %i columns', async (mode, rows, cols) => {
  const page = await chromium.open<typeof Entry>({ entry: new URL('./tall.page.ts', import.meta.url) });
  const { wrong, last } = await page.call('throughKernels', mode, rows, cols);
  expect(wrong).toBe(-1);
  expect(last[cols - 1]).toBe(5);
  await page.close();
});

test('webgpu refuses more rows than it dispatches before any kernel runs', async () => {
  const page = await chromium.open<typeof Entry>({ entry: new URL('./tall.page.ts', import.meta.url) });
  await expect(page.call('throughKernels', 'webgpu', 524_281, 1)).rejects.toMatchObject({
    code: 'backend/bad-buffer',
    message: expect.stringMatching(/must be integers from 1 to 524280, got 524281 x 1\. Compress the table/),
  });
});
