import { useChromium } from '@ttrec/browser-tests';
import { describe, expect, test } from 'vitest';
import type * as Entry from './device.page.ts';

const chromium = useChromium();
const open = () => chromium.open<typeof Entry>({ entry: new URL('./device.page.ts', import.meta.url) });

describe.each(['webgpu', 'webgl2'] as const)('%s', (mode) => {
  test('1,000 steps leave as many textures and buffers alive as 100 do', async () => {
    const page = await open();
    const { during, after } = await page.call('liveDuring', mode, [100, 200, 1000]);
    expect(during[0]).toBeGreaterThan(10);
    expect(during).toEqual([during[0], during[0], during[0]]);
    expect(after).toBe(0);
    await page.close();
  });

  test.each([
    ['between two steps', false],
    ['in the middle of a step', true],
  ])('a device lost %s is one clear error, and another one can be had', async (_, inTheMiddle) => {
    const page = await open();
    const [first, second] = await page.call('lose', mode, inTheMiddle);
    expect(first).toMatch(/^backend-gpu\/device-lost .*the device must stay.*go on from the last checkpoint/);
    expect(second).toBe(first);
    expect(await page.call('trainAgain', mode)).toBeCloseTo(Math.LN2, 1);
    await page.close();
  });
});
