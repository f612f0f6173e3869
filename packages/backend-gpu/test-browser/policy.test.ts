import { useChromium } from '@ttrec/browser-tests';
import { describe, expect, test } from 'vitest';
import type * as Entry from './policy.page.ts';

const chromium = useChromium();
const entry = new URL('./policy.page.ts', import.meta.url);

describe.each(['page', 'worker'] as const)('in a %s whose policy forbids making code of text', (where) => {
  const csp = "script-src 'self' 'wasm-unsafe-eval'";

  test.each(['webgpu', 'webgl2', 'webasm'] as const)('mode %s runs, minified', async (mode) => {
    const page = await chromium.open<typeof Entry>({ entry, where, csp, minify: true });
    const { value, engine } = await page.call('product', mode);
    expect(value).toBe(42);
    expect(engine).toContain(`mode ${mode} on`);
    await page.close();
  });

  test('mode cpu does not, and says why', async () => {
    const page = await chromium.open<typeof Entry>({ entry, where, csp });
    await expect(page.call('product', 'cpu')).rejects.toMatchObject({
      code: 'backend-gpu/unavailable',
      message: expect.stringMatching(/mode "cpu".*unsafe-eval/),
    });
    await page.close();
  });

  test('without wasm-unsafe-eval mode webasm does not, and says why', async () => {
    const page = await chromium.open<typeof Entry>({ entry, where, csp: "script-src 'self'" });
    await expect(page.call('product', 'webasm')).rejects.toMatchObject({
      code: 'backend-gpu/unavailable',
      message: expect.stringMatching(/mode "webasm".*unsafe-eval/),
    });
    expect((await page.call('product', 'webgl2')).value).toBe(42);
    await page.close();
  });
});

test('a software adapter is never chosen by itself, and is named', async () => {
  const page = await chromium.open<typeof Entry>({ entry });
  await expect(page.call('choice')).rejects.toMatchObject({
    code: 'backend-gpu/unavailable',
    message: expect.stringMatching(
      /webgpu: .*swiftshader.* software adapter.*webgl2: .*SwiftShader.* software adapter/i,
    ),
  });
  await page.close();
});
