import { useChromium } from '@ttrec/browser-tests';
import { describe, expect, test } from 'vitest';
import type * as Entry from './train.page.ts';

const chromium = useChromium();
const entry = new URL('./train.page.ts', import.meta.url);
const STEPS = 50;

describe(`${STEPS} steps follow the reference, ids up to 2^32 - 1 among them`, () => {
  test.each(['wasm', 'webgpu', 'webgl2', 'webasm'] as const)('on %s, minified', async (name) => {
    const page = await chromium.open<typeof Entry>({ entry, minify: true });
    const reference = await page.call('train', 'reference', STEPS);
    const { engine, losses } = await page.call('train', name, STEPS);
    expect(engine).toContain(name === 'wasm' ? 'WebAssembly SIMD' : `mode ${name} on`);
    expectNear(losses, reference.losses);
    await page.close();
  });

  test('on webgpu with the plain tables on the host', async () => {
    const page = await chromium.open<typeof Entry>({ entry });
    const reference = await page.call('train', 'reference', STEPS);
    const { losses } = await page.call('train', 'webgpu', STEPS, true);
    expectNear(losses, reference.losses);
    await page.close();
  });
});

/** Rounding differs from engine to engine and grows with the steps; what is asked for is 1e-3. */
function expectNear(losses: readonly number[], reference: readonly number[]): void {
  expect(losses).toHaveLength(STEPS);
  losses.forEach((loss, step) => {
    expect(Math.abs(loss - reference[step]!), `step ${step}`).toBeLessThan(1e-3);
  });
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.05);
}

test.each(['webgpu', 'webgl2', 'wasm'] as const)(
  '%s trains in a worker whose policy forbids making code of text',
  async (name) => {
    const csp = "script-src 'self' 'wasm-unsafe-eval'";
    const page = await chromium.open<typeof Entry>({ entry, csp, where: 'worker', minify: true });
    const { losses } = await page.call('train', name, 2);
    expect(losses[1]).not.toBe(losses[0]);
    await page.close();
  },
);
