import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reach, textOf, useBuiltPage } from './built-page.ts';

const built = useBuiltPage();
/** Left to be looked at; git ignores it. */
const folder = join(import.meta.dirname, '..', '..', '..', '.cache', 'playground');

const sizes = {
  phone: { width: 360, height: 740 },
  desktop: { width: 1440, height: 900 },
} as const;

test.each([
  ['light', 'phone'],
  ['light', 'desktop'],
  ['dark', 'phone'],
  ['dark', 'desktop'],
] as const)('%s at %s width: nothing is wider than the page', async (colorScheme, size) => {
  const { page } = await built.open({ viewport: sizes[size], colorScheme, reducedMotion: 'reduce' });
  await page.screenshot({ path: join(folder, `${size}-${colorScheme}-first.png`), fullPage: true });
  await page.locator('#main-action').click();
  await reach(page, 220);
  await page.locator('input[value="hash"]').check();
  await page.locator('#start-over').click();
  await textOf(page, 'figure-bytes', /456 kB/);
  await reach(page, 220);
  await page.locator('#main-action').click();
  await page.getByRole('button', { name: 'Fill in a row' }).click();
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#row-0')?.value !== '');
  await page.getByRole('button', { name: 'Score' }).click();
  await textOf(page, 'score-answer', /chance of \d/);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(folder, `${size}-${colorScheme}.png`), fullPage: true });
  const { wide, colours } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - innerWidth,
    colours: getComputedStyle(document.body).backgroundColor,
  }));
  expect(wide).toBeLessThanOrEqual(0);
  expect(colours).toBe(colorScheme === 'dark' ? 'rgb(20, 24, 26)' : 'rgb(246, 245, 241)');
  await page.close();
});

test('the switch outvotes the system, and is remembered', async () => {
  const { page } = await built.open({ colorScheme: 'light' });
  await page.getByRole('radio', { name: 'Dark' }).check();
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(await background()).toBe('rgb(20, 24, 26)');
  await page.reload();
  expect(await background()).toBe('rgb(20, 24, 26)');
  await page.close();
});
