import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { compareScreenshot, useChromium, useTestFont } from '../src/index.ts';

const chromium = useChromium();
const folder = mkdtempSync(join(tmpdir(), 'ttrec-screenshot-'));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const words = 'Tables that do not fit share something between their rows. '.repeat(12);

async function shown(style: string, html = ''): Promise<number> {
  const page = await chromium.browser.newPage({ viewport: { width: 600, height: 400 } });
  await page.setContent(`<style>
    body { margin: 16px; display: grid; grid-template-columns: 240px 1fr; gap: 16px; font-size: 14px; }
    section { border: 1px solid #888; padding: 12px; } b { background: #0f6e66; color: #fff; padding: 8px; display: block; }
    ${style}</style><section id="left"><b>Train</b>${words}</section><section id="right">${words}${html}</section>`);
  await useTestFont(page);
  try {
    return await compareScreenshot(page, join(folder, 'reference.png'), join(folder, 'shot.png'));
  } finally {
    await page.close();
  }
}

beforeAll(async () => {
  await expect(shown('')).rejects.toThrow(/there is no .*reference\.png/);
  vi.stubEnv('TTREC_UPDATE_SCREENSHOTS', '1');
  await shown('');
  vi.stubEnv('TTREC_UPDATE_SCREENSHOTS', undefined);
});

test('the same page is the same, and so it is with thinner letters or one pixel further down', async () => {
  expect(await shown('')).toBe(0);
  await shown('section { font-weight: 350; }');
  await shown('body { margin-top: 17px; }');
});

test.each([
  ['a column that moved', '#left { order: 2; }'],
  ['another width of a column', 'body { grid-template-columns: 300px 1fr; }'],
  ['a column that is gone', '#left { display: none; }'],
  ['columns one below the other', 'body { display: block; }'],
  ['text that wraps elsewhere', 'section { font-size: 15.5px; }'],
  ['other colours', 'body { background: #14181a; }'],
  ['a button that is gone', 'b { visibility: hidden; }'],
])('%s is found', async (_, style) => {
  await expect(shown(style)).rejects.toThrow(/[\d.]+ % of it look different, from \d+ to \d+ pixels down/);
});
