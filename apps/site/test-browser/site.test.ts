import { join } from 'node:path';
import { compareScreenshot, useTestFont, type Page } from '@ttrec/browser-tests';
import axe from 'axe-core';
import { expect, test } from 'vitest';
import { useBuiltSite } from './built-site.ts';

const site = useBuiltSite();
/** Left to be looked at; git ignores it. */
const folder = join(import.meta.dirname, '..', '..', '..', '.cache', 'site');

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } } as const;
const pages = {
  front: '/',
  start: '/start-ranking',
  guide: '/choosing-a-kind',
  command: '/command',
  benchmarks: '/benchmarks',
  api: '/api/@ttrec/dlrm',
  playground: '/playground',
};

/** What axe finds serious or critical. */
async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    interface Violation {
      readonly id: string;
      readonly impact?: string;
      readonly nodes: readonly { readonly html: string }[];
    }
    const { axe: run } = globalThis as unknown as {
      axe: { run(root: Document, options: object): Promise<{ violations: Violation[] }> };
    };
    const { violations } = await run.run(document, { iframes: false });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of Object.entries(sizes)) {
    test.each(Object.entries(pages))(
      `%s, ${colorScheme}, ${size}: fits, and axe finds nothing serious`,
      async (name, path) => {
        const { page, complaints } = await site.open({
          path,
          viewport,
          colorScheme,
          reducedMotion: 'reduce',
        });
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${size}.png`) });
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0);
        expect(await seriousProblems(page)).toEqual([]);
        expect(complaints).toEqual([]);
        if (name === 'front') {
          await useTestFont(page);
          const file = `${size}-${colorScheme}.png`;
          await compareScreenshot(
            page,
            join(import.meta.dirname, 'looks', file),
            join(folder, `looks-${file}`),
          );
        }
        await page.close();
      },
    );
  }
}

test('a model trains on the front page once it is in sight, and beats the base rate', async () => {
  const { page, complaints } = await site.open({ path: '/', viewport: sizes.desktop });
  await page.locator('.live-model').scrollIntoViewIfNeeded();
  await page.getByText(/Trained on [\d,]+ rows in [\d.]+ s\. Two new rows score \d+ % and \d+ %\./).waitFor();
  const figures = await page.locator('.live-model dd').allTextContents();
  const [, denseBytes, loss, baseRate, auc] = [...figures, ''].map((text) => text.replace(/^[a-z :]+/, ''));
  expect(figures[0]).toMatch(/^\d+ kB$/);
  expect(denseBytes).toMatch(/^\d+\.\d MB$/);
  expect(Number(loss)).toBeLessThan(Number(baseRate));
  expect(Number(auc)).toBeGreaterThan(0.6);
  await page.locator('.live-model').screenshot({ path: join(folder, 'live-model.png') });
  expect(complaints).toEqual([]);
  await page.close();
});

test('the picture shows the slices of any row', async () => {
  const { page } = await site.open({ path: '/', viewport: sizes.desktop });
  expect(await page.locator('.tt-picture svg title').textContent()).toContain('Row 437,042');
  const slider = page.locator('.row-choice input');
  await slider.focus();
  await page.keyboard.press('Home');
  expect(await page.locator('.tt-picture .digit').allTextContents()).toEqual(['0', '0', '0', '0']);
  await page.keyboard.press('End');
  expect(await page.locator('.tt-picture .digit').allTextContents()).toEqual(['99', '99', '99', '999,999']);
  await page.close();
});

test('search finds a guide by a word in its text, without a server', async () => {
  const { page } = await site.open({ path: '/choosing-a-kind', viewport: sizes.desktop });
  const input = page.locator('#localsearch-input');
  // The key is heard once the page's script has run.
  await expect
    .poll(
      async () => {
        await page.keyboard.press('Control+k');
        return input.isVisible();
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  await input.fill('unpickles');
  const first = page.locator('#localsearch-list a').first();
  await first.waitFor();
  await first.click();
  await page.getByRole('heading', { level: 1, name: 'Bringing a PyTorch model' }).waitFor();
  await page.close();
});

test('the playground on its page trains', async () => {
  const { page, complaints } = await site.open({ path: '/playground', viewport: sizes.desktop });
  const frame = page.frameLocator('.playground-frame');
  await page.locator('.playground-frame').scrollIntoViewIfNeeded();
  await frame.locator('#main-action').click();
  await frame
    .locator('#figure-loss')
    .filter({ hasText: /^0\.\d+$/ })
    .waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});
