import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { compareScreenshot, useTestFont, type Page } from '@ttrec/browser-tests';
import { openRanker } from '@ttrec/serving';
import { expect, test } from 'vitest';
import { films } from '../src/catalogue.ts';
import { candidateOf, contextOf } from '../src/rows.ts';
import { FilmIndex } from '../src/search.ts';
import { tasteSets } from '../src/taste-sets.ts';
import { useBuiltPage } from './built-page.ts';

const built = useBuiltPage();
/** Left to be looked at; git ignores it. */
const folder = join(import.meta.dirname, '..', '..', '..', '.cache', 'rerank');
const model = readFileSync(join(import.meta.dirname, '..', 'model', 'films.ttrec.safetensors'));

const ready = (page: Page) => page.locator('#status', { hasText: /ranked in|No film/ }).waitFor();
const titles = (page: Page, list: string) => page.locator(`#${list} .title`).allTextContents();

/** Waits until the status says what a query found. */
async function search(page: Page, query: string, found: RegExp): Promise<void> {
  await page.getByLabel(/^Search by title/).fill(query);
  await page.locator('#status', { hasText: found }).waitFor();
}

test('under its policy, with three requests beside its script: the page, its style and the model', async () => {
  const { page, complaints, requests } = await built.open();
  await ready(page);
  const kinds = requests
    .map((path) => path.replace(/-[\w-]{8}\./, '.'))
    .filter((path) => !/\.(svg|js)$/.test(path));
  expect(kinds.toSorted()).toEqual(['/', '/assets/films.ttrec.safetensors', '/assets/index.css']);
  expect(complaints).toEqual([]);
  await page.close();
});

test('films that fit are ranked as you type, as the ranker of Node ranks them', async () => {
  const { page } = await built.open();
  await ready(page);
  await search(page, 'star', /\d+ films ranked in (under )?[\d.]+ ms/);
  const found = new FilmIndex(films).search('star');
  const liked = films.filter(({ id }) => tasteSets['Space and robots']!.includes(id));
  await using ranker = await openRanker(new Uint8Array(model), {
    backend: await createWasmBackend(),
    ownsBackend: true,
  });
  // In the order of the set, as the page has them.
  const inOrder = tasteSets['Space and robots']!.map((id) => liked.find((film) => film.id === id)!);
  const best = await ranker.rank(contextOf(inOrder), found.map(candidateOf), { top: 12 });
  expect(await titles(page, 'by-model')).toEqual(best.map(({ index }) => found[index]!.title));
  expect(await titles(page, 'by-text')).toEqual(found.slice(0, 12).map(({ title }) => title));
  expect(await titles(page, 'by-model')).not.toEqual(await titles(page, 'by-text'));
  await page.close();
});

test('what the visitor likes changes the order, and is kept from key to key', async () => {
  const { page } = await built.open();
  await ready(page);
  await search(page, 'comedy', /films ranked/);
  const before = await titles(page, 'by-model');
  await page.getByRole('button', { name: 'Romance', exact: true }).click();
  await page.locator('#likes', { hasText: 'Four Weddings' }).waitFor();
  await ready(page);
  expect(await titles(page, 'by-model')).not.toEqual(before);
  while ((await page.locator('#likes button').count()) > 0)
    await page.locator('#likes button').first().click();
  expect(await page.locator('#no-likes').isVisible()).toBe(true);
  await ready(page);
  await page.close();
});

test('a query that nothing fits says so', async () => {
  const { page } = await built.open();
  await ready(page);
  await search(page, 'qqqq', /No film fits/);
  expect(await titles(page, 'by-model')).toEqual([]);
  await page.close();
});

test('the whole way by keyboard: to the search, to a star, which keeps the focus', async () => {
  const { page } = await built.open();
  await ready(page);
  await page.keyboard.press('/');
  await page.keyboard.type('jumanji');
  await page.locator('#status', { hasText: /films? ranked/ }).waitFor();
  const star = page.locator('#by-model .star').first();
  await star.focus();
  const name = await star.getAttribute('aria-label');
  await page.keyboard.press('Enter');
  const pressed = page.locator('#by-model').getByRole('button', { name: name!, exact: true });
  await expect.poll(() => pressed.getAttribute('aria-pressed')).toBe('true');
  expect(await pressed.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await page.locator('#likes').textContent()).toContain(name!.replace('Like ', ''));
  await page.close();
});

test.each<[string, (page: Page) => Promise<unknown>, RegExp]>([
  [
    'gone',
    (page) => page.route('**/*.safetensors', (route) => route.fulfill({ status: 404 })),
    /HTTP status 404/,
  ],
  ['out of reach', (page) => page.route('**/*.safetensors', (route) => route.abort()), /Failed to fetch/],
  [
    'cut off',
    (page) => page.route('**/*.safetensors', (route) => route.fulfill({ body: model.subarray(0, 2000) })),
    /truncated|ends at|must/,
  ],
])('without its model, which is %s, the page still searches, and says why', async (_, before, words) => {
  const { page } = await built.open({ before });
  await page.getByRole('alert').filter({ hasText: words }).waitFor();
  await page.getByLabel(/^Search by title/).fill('alien');
  await expect.poll(() => titles(page, 'by-text')).toContain('Alien');
  await page.close();
});

test.each([
  [390, 1400, 'light'],
  [1280, 1100, 'dark'],
] as const)('%i px wide and %i high, in %s, it looks as it did', async (width, height, colorScheme) => {
  const { page } = await built.open({ viewport: { width, height }, colorScheme, bypassCSP: true });
  await useTestFont(page);
  await ready(page);
  await search(page, 'star', /films ranked/);
  // How fast it is differs from machine to machine.
  await page.addStyleTag({ content: '#status, #cost { visibility: hidden; } #cost { height: 3em; }' });
  const file = `${width}-${colorScheme}.png`;
  await compareScreenshot(page, join(import.meta.dirname, 'looks', file), join(folder, `looks-${file}`));
  await page.close();
});

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } } as const;

test.each([
  ['light', 'phone'],
  ['light', 'desktop'],
  ['dark', 'phone'],
  ['dark', 'desktop'],
] as const)('%s at %s width: nothing is wider than the page', async (colorScheme, size) => {
  const { page } = await built.open({ viewport: sizes[size], colorScheme });
  await ready(page);
  await search(page, 'star', /films ranked/);
  await page.screenshot({ path: join(folder, `${size}-${colorScheme}.png`), fullPage: true });
  const { wide, colour } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - innerWidth,
    colour: getComputedStyle(document.body).backgroundColor,
  }));
  expect(wide).toBeLessThanOrEqual(0);
  expect(colour).toBe(colorScheme === 'dark' ? 'rgb(20, 24, 26)' : 'rgb(246, 245, 241)');
  const isShown = (list: string) => page.locator(`#${list}`).isVisible();
  expect(await Promise.all(['by-model', 'by-text'].map(isShown))).toEqual([true, size === 'desktop']);
  if (size === 'phone') {
    await page.getByRole('radio', { name: 'Text search' }).check();
    expect(await Promise.all(['by-model', 'by-text'].map(isShown))).toEqual([false, true]);
  }
  await page.close();
});
