import { findChromium, useChromium, type PageSetting } from '@ttrec/browser-tests';
import { describe, expect, test } from 'vitest';
import type * as Entry from './setting.page.ts';

const chromium = useChromium();
const entry = new URL('./setting.page.ts', import.meta.url);
const open = (setting: Omit<PageSetting, 'entry'> = {}) => chromium.open<typeof Entry>({ entry, ...setting });

describe.each(['page', 'worker'] as const)('in a %s', (where) => {
  test('functions are called with arguments, and typed arrays cross both ways', async () => {
    const page = await open({ where });
    expect(await page.call('add', 2, 40)).toBe(42);
    expect(await page.call('doubled', Float32Array.of(0.5, 2))).toEqual(Float32Array.of(1, 4));
    expect(await page.call('surroundings')).toEqual({
      isWorker: where === 'worker',
      isolated: false,
      secure: true,
      threads: false,
    });
  });

  test('what is thrown comes back with name, message and code, and the page goes on', async () => {
    const page = await open({ where });
    const thrown = page.call('fail', 'house/rule');
    await expect(thrown).rejects.toMatchObject({
      name: 'RangeError',
      message: 'as asked',
      code: 'house/rule',
    });
    expect(await page.call('add', 1, 1)).toBe(2);
  });

  test('isolation headers bring shared memory', async () => {
    const page = await open({ where, isolated: true });
    expect(await page.call('surroundings')).toMatchObject({ isolated: true, threads: true });
  });

  test('a policy without unsafe-eval is in force', async () => {
    expect(await (await open({ where })).call('evaluates')).toBe(true);
    const page = await open({ where, csp: "script-src 'self'" });
    expect(await page.call('evaluates')).toBe(false);
  });

  test('there are WebGPU and WebGL2 with float textures, on software if need be', async () => {
    expect(await (await open({ where })).call('graphics')).toEqual({ webgl2: true, webgpu: true });
  });

  test('the console is heard', async () => {
    const page = await open({ where });
    await page.call('log', 'heard');
    await expect.poll(() => page.console).toContain('warning: heard');
  });
});

test('a minified bundle has short names', async () => {
  expect(await (await open()).call('innerName')).toBe('aNameThatNobodyExports');
  expect((await (await open({ minify: true })).call('innerName')).length).toBeLessThan(3);
});

test('a missing browser is an error that names the package to install', () => {
  expect(() => findChromium({ PATH: '/nowhere' })).toThrow(/apt-get install chromium/);
  expect(() => findChromium({ CHROMIUM_PATH: '/nowhere/chromium' })).toThrow(/CHROMIUM_PATH.*nowhere/);
});
