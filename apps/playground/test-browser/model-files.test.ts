import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@ttrec/browser-tests';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { openRanker } from '@ttrec/serving';
import { afterAll, expect, test } from 'vitest';
import { reach, textOf, useBuiltPage } from './built-page.ts';

const built = useBuiltPage();
const folder = mkdtempSync(join(tmpdir(), 'ttrec-model-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const command = join(import.meta.dirname, '..', '..', 'trainer', 'src', 'cli.ts');
const ttrec = (...args: readonly string[]) =>
  execFileSync(process.execPath, ['--conditions=@ttrec/source', command, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });

/** 400 rows: users of an even number click. */
const lines = Array.from({ length: 400 }, (_, i) => `${i % 2},${(i * 7) % 50},user-${i % 20},page-${i % 7}`);
const csv = ['clicked,age,user,page', ...lines].join('\n');
writeFileSync(join(folder, 'clicks.csv'), csv);
const row = { age: 21, user: 'user-3', page: 'page-3' };

/** The chance of the row as the page shows it. */
async function chanceInPage(page: Page): Promise<string> {
  for (const [at, value] of Object.values(row).entries())
    await page.locator(`#row-${at}`).fill(String(value));
  await page.getByRole('button', { name: 'Score' }).click();
  const answer = await textOf(page, 'score-answer', /chance of \d/);
  return /chance of ([\d.]+)/.exec(answer)![1]!;
}

async function chanceInNode(bytes: Uint8Array): Promise<number> {
  await using ranker = await openRanker(bytes, { backend: await createWasmBackend(), ownsBackend: true });
  return 100 * (await ranker.score([row])).probabilities[0]!;
}

test('a model that was trained in the page is opened by the ranker and the command', async () => {
  const { page } = await built.open();
  const file = { name: 'clicks.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) };
  await page.locator('#csv-file').setInputFiles(file);
  await page.getByRole('button', { name: 'Open this file' }).click();
  await textOf(page, 'csv-source', /is open/);
  await page.locator('#main-action').click();
  await reach(page, 60);
  await page.locator('#main-action').click();
  await textOf(page, 'status', /^Paused/);
  const shown = await chanceInPage(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save-model').click()]);
  const bytes = readFileSync(await download.path());
  await page.close();

  const chance = await chanceInNode(bytes);
  // The page shows so many digits.
  const digits = shown.split('.')[1]?.length ?? 0;
  expect(chance.toFixed(digits)).toBe(shown);
  writeFileSync(join(folder, 'page.safetensors'), bytes);
  writeFileSync(join(folder, 'rows.jsonl'), `${JSON.stringify(row)}\n`);
  const args = ['--data', 'rows.jsonl', '--out', 'scores.jsonl', '--backend', 'wasm'];
  ttrec('predict', 'page.safetensors', ...args);
  const { probability } = JSON.parse(readFileSync(join(folder, 'scores.jsonl'), 'utf8')) as {
    probability: number;
  };
  expect(100 * probability).toBeCloseTo(chance, 10);
});

test('a model that the command trained and exported scores in the page', async () => {
  const config = {
    name: 'clicks',
    data: {
      format: 'csv',
      path: 'clicks.csv',
      label: { column: 'clicked', equals: '1' },
      dense: [{ column: 'age', transform: 'standardise' }],
      features: [{ column: 'user' }, { column: 'page' }],
      split: { by: 'last', validation: 0.1, test: 0.1 },
    },
    model: {
      embeddingDim: 4,
      tables: { byName: { user: { kind: 'hot-cold', hot: 4, cold: { kind: 'tt', ranks: 2 } } } },
    },
    training: { epochs: 3, learningRate: 0.1, batchSize: 32 },
  };
  writeFileSync(join(folder, 'clicks.json'), JSON.stringify(config));
  ttrec('train', 'clicks.json', '--out', 'run', '--backend', 'wasm');
  ttrec('export', 'run', '--format', 'model', '--out', 'command.safetensors');
  const bytes = readFileSync(join(folder, 'command.safetensors'));

  const { page } = await built.open();
  const file = { name: 'command.safetensors', mimeType: '', buffer: bytes };
  await page.locator('#model-file').setInputFiles(file);
  await page.locator('#row-0').waitFor();
  const shown = await chanceInPage(page);
  expect((await chanceInNode(bytes)).toFixed(shown.split('.')[1]?.length ?? 0)).toBe(shown);
  await page.close();
});
