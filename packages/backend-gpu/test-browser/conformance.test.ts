import { conformanceCases } from '@ttrec/testkit/backend';
import { useChromium, type TestPage } from '@ttrec/browser-tests';
import { beforeAll, describe, expect, test } from 'vitest';
import type * as Entry from './conformance.page.ts';

const chromium = useChromium();

describe.each(['webgpu', 'webgl2'] as const)('conformance of backend-gpu, mode %s', (mode) => {
  let page: TestPage<typeof Entry>;
  beforeAll(async () => {
    const entry = new URL('./conformance.page.ts', import.meta.url);
    page = await chromium.open<typeof Entry>({ entry, minify: true });
  });

  test.each(conformanceCases.map(({ name }) => name))('%s', async (name) => {
    expect(await page.call('runCase', name, mode)).toContain(`mode ${mode} on `);
  });
});
