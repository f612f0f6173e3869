import { join } from 'node:path';
import { compareScreenshot, useTestFont } from '@ttrec/browser-tests';
import { expect, test } from 'vitest';
import { reach, textOf, useBuiltPage } from './built-page.ts';

const built = useBuiltPage();
/** Left to be looked at; git ignores it. */
const folder = join(import.meta.dirname, '..', '..', '..', '.cache', 'playground');

/** Widths at which the figures are one row, with the columns beside them or not. */
test.each([600, 1000, 1440])(
  'at %i px figures are in one row and whole, and charts line up',
  async (width) => {
    const { page } = await built.open({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
    await page.locator('#main-action').click();
    await reach(page, 220);
    const { tops, numbers, below, cut, plots } = await page.evaluate(() => {
      const boxes = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
      const topOf = (element: Element) => Math.round(element.getBoundingClientRect().top);
      return {
        tops: boxes('.figures > div').map(topOf),
        numbers: boxes('.figures dd:not(.note)').map(topOf),
        below: boxes('.figures .note').map(
          (note) =>
            note.getBoundingClientRect().bottom - note.closest('.figures')!.getBoundingClientRect().bottom,
        ),
        cut: boxes('.figures dd')
          .filter((box) => box.scrollWidth > box.clientWidth)
          .map((box) => box.textContent),
        plots: boxes('.plot').map(topOf),
      };
    });
    expect(new Set(tops).size).toBe(1);
    expect(new Set(numbers).size).toBe(1);
    expect(Math.max(...below)).toBeLessThan(0);
    expect(cut).toEqual([]);
    expect(plots[0] === plots[1]).toBe(width === 1440);
    await page.screenshot({ path: join(folder, `${width}.png`) });
    await page.close();
  },
);

test('on a phone the loss is in sight once training has begun', async () => {
  const { page } = await built.open({ viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' });
  await page.locator('#main-action').click();
  await reach(page, 120);
  const figure = (await page.locator('#figure-loss').boundingBox())!;
  const bar = (await page.locator('.bar').boundingBox())!;
  expect(figure.y).toBeGreaterThanOrEqual(bar.y + bar.height);
  expect(figure.y + figure.height).toBeLessThanOrEqual(844);
  await page.screenshot({ path: join(folder, 'phone-training.png') });
  await page.close();
});

/** The whole of the page in one viewport, whose letters and numbers are the same on every machine. */
test.each([
  [390, 2900, 'light'],
  [390, 2900, 'dark'],
  [600, 2700, 'light'],
  [1000, 2100, 'dark'],
  [1400, 1800, 'light'],
  [1400, 1800, 'dark'],
] as const)('%i px wide and %i high, in %s, it looks as it did', async (width, height, colorScheme) => {
  const { page, complaints } = await built.open({
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
    bypassCSP: true,
  });
  await useTestFont(page);
  const look = (name: string) => {
    const file = `${name}-${width}-${colorScheme}.png`;
    return compareScreenshot(page, join(import.meta.dirname, 'looks', file), join(folder, file));
  };
  // Which engines there are, and how fast they are, differs from machine to machine.
  await page.addStyleTag({ content: '#engines, #engine-story, #engine-memory { display: none; }' });
  if (colorScheme === 'light') await look('first');
  await page.getByText('Training settings').click();
  await page.locator('#steps').fill('200');
  for (const kind of ['tt', 'hot-cold']) {
    await page.locator(`input[value="${kind}"]`).check();
    await page.locator(kind === 'tt' ? '#main-action' : '#start-over').click();
    await page.locator('#tables', { hasText: kind }).waitFor();
    await textOf(page, 'status', /^Done/);
  }
  await page.evaluate(() => {
    document.getElementById('figure-speed')!.textContent = '250';
    document.getElementById('note-speed')!.textContent = '64.0 k rows/s on wasm';
    scrollTo(0, 0);
  });
  await look('trained');
  expect(complaints).toEqual([]);
  await page.close();
});

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
