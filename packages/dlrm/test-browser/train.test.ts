import { useChromium } from '@ttrec/browser-tests';
import { expect, test } from 'vitest';
import type * as Entry from './train.page.ts';

const chromium = useChromium();
const entry = new URL('./train.page.ts', import.meta.url);
const STEPS = 50;

test.each(['wasm', 'webgpu', 'webgl2', 'webasm'] as const)(
  `${STEPS} steps on %s follow the reference, ids up to 2^32 - 1 among them`,
  async (name) => {
    const page = await chromium.open<typeof Entry>({ entry, minify: true });
    const reference = await page.call('train', 'reference', STEPS);
    const { engine, losses } = await page.call('train', name, STEPS);
    expect(engine).toContain(name === 'wasm' ? 'WebAssembly SIMD' : `mode ${name} on`);
    expect(losses).toHaveLength(STEPS);
    // Rounding differs from engine to engine and grows with the steps; what is asked for is 1e-3.
    losses.forEach((loss, step) =>
      expect(Math.abs(loss - reference.losses[step]!), `step ${step}`).toBeLessThan(1e-3),
    );
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.05);
    await page.close();
  },
);
