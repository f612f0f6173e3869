import { conformanceCases } from '@ttrec/testkit/backend';
import { useChromium, type TestPage } from '@ttrec/browser-tests';
import { beforeAll, describe, test } from 'vitest';
import type * as Entry from './conformance.page.ts';

const chromium = useChromium();

describe('conformance of backend-cpu in a page, minified', () => {
  let page: TestPage<typeof Entry>;
  beforeAll(async () => {
    const entry = new URL('./conformance.page.ts', import.meta.url);
    page = await chromium.open<typeof Entry>({ entry, minify: true });
  });

  test.each(conformanceCases.map(({ name }) => name))('%s', (name) => page.call('runCase', name));
});
