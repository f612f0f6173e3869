import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages, plans } from '../src/pages/plans.ts';
import { root } from '../src/pages/reader.ts';
import { executableBlocks, runPage } from '../src/pages/run-page.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const planOf = (page: string) => plans[page] ?? {};
const withCode = pages.filter((page) => executableBlocks(read(page), planOf(page)).length > 0);

test('plans are of pages that there are', () => {
  expect(Object.keys(plans).filter((page) => !pages.includes(page))).toEqual([]);
});

/** The page of the command starts it thirty times. */
const TIMEOUT = 300_000;

/** The pages are for a POSIX shell. */
const noShell = process.platform === 'win32';

test.skipIf(noShell).each(withCode)('the blocks of %s run in order', { timeout: TIMEOUT }, async (page) => {
  const missing = await runPage(read(page), planOf(page));
  if (missing.length > 0) console.warn(`${page}: not run without ${missing.join(', ')}`);
});

describe('what is run elsewhere', () => {
  const elsewhere = Object.entries(plans).flatMap(([page, { runBy = {} }]) =>
    Object.entries(runBy).map(([key, [file, text]]) => [page, file, key, text] as const),
  );
  test.each(elsewhere)('of %s is run by %s', (page, file, key, text) => {
    const { block } = executableBlocks(read(page), planOf(page)).find(({ block }) =>
      block.content.includes(key),
    )!;
    expect(read(file)).toContain(text ?? block.content);
  });
});
