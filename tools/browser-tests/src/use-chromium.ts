import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchChromium } from './launch-chromium.ts';
import { openTestPage, type EntryModule, type PageSetting, type TestPage } from './test-page.ts';

export interface ChromiumForTests {
  /** The browser, from the first hook on. */
  readonly browser: Browser;
  /** Opens a page on an entry. It is closed with the browser, if not before. */
  open<Entry extends EntryModule>(setting: PageSetting): Promise<TestPage<Entry>>;
}

/** One browser for the tests of a file: started before the first of them, closed after the last. */
export function useChromium(): ChromiumForTests {
  let browser: Browser | undefined;
  const pages: TestPage<never>[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    for (const page of pages) await page.close();
    await browser?.close();
  });
  const started = (): Browser => {
    if (browser === undefined) throw new Error('the browser is there from beforeAll on');
    return browser;
  };
  return {
    get browser() {
      return started();
    },
    async open<Entry extends EntryModule>(setting: PageSetting) {
      const page = await openTestPage<Entry>(started(), setting);
      pages.push(page);
      return page;
    },
  };
}
