import { join } from 'node:path';
import { compareScreenshot, useChromium, useTestFont } from '@ttrec/browser-tests';
import { Planner } from '@ttrec/planner';
import { expect, test } from 'vitest';
import { renderFrontier } from '../src/report/render-frontier.ts';
import { renderReport } from '../src/report/render-report.ts';
import { comparison } from '../test/report-fixture.ts';

const chromium = useChromium();
/** Left to be looked at; git ignores it. */
const folder = join(import.meta.dirname, '..', '..', '..', '.cache', 'reports');

function frontier(): string {
  const tables = [
    { name: 'user', numEmbeddings: 100_000 },
    { name: 'item', numEmbeddings: 20_000, zipf: 0.8 },
    { name: 'country', numEmbeddings: 200 },
  ];
  const planner = new Planner(tables, { embeddingDim: 16 });
  const plan = planner.plan(300_000);
  const weightBytes = plan.bytes + 30_000;
  return renderFrontier({ title: 'clicks', points: planner.frontier(), plan, mlpBytes: 30_000, weightBytes });
}

const pages = { report: () => renderReport(comparison()), frontier };

test.each([
  ['report', 390, 2900, 'light'],
  ['report', 1400, 1900, 'dark'],
  ['frontier', 390, 1500, 'dark'],
  ['frontier', 1000, 1400, 'light'],
] as const)(
  '%s, %i px wide and %i high, in %s, looks as it did',
  async (name, width, height, colorScheme) => {
    const context = { viewport: { width, height }, colorScheme, bypassCSP: true };
    const page = await chromium.browser.newPage(context);
    await page.setContent(pages[name]());
    await useTestFont(page);
    const file = `${name}-${width}-${colorScheme}.png`;
    await compareScreenshot(page, join(import.meta.dirname, 'looks', file), join(folder, file));
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await page.close();
  },
);
