import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { far, several, standard } from '../src/plan.ts';
import { readRecords, writeRecord } from '../src/records.ts';
import { renderResults } from '../src/report/render-results.ts';

const docs = fileURLToPath(new URL('../../../docs', import.meta.url));

test('the page and its plots are what the records come to', async () => {
  const { markdown, plots } = await renderResults(readRecords(standard), standard, {
    far: readRecords(far),
    several: readRecords(several),
  });
  expect(markdown).toBe(readFileSync(join(docs, 'results.md'), 'utf8'));
  expect(plots.length).toBeGreaterThan(0);
  for (const { file, svg } of plots) expect(svg).toBe(readFileSync(join(docs, 'results', file), 'utf8'));
});

test('a record takes the place of that of the same data set, and arms come in the order of the plan', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ttrec-records-'));
  const [{ results }] = readRecords(standard) as [ReturnType<typeof readRecords>[number]];
  writeRecord({ ...results, testRows: 1 }, standard, folder);
  writeRecord({ ...results, arms: results.arms.toReversed() }, standard, folder);
  const read = readRecords(standard, folder);
  expect(read).toHaveLength(1);
  expect(read[0]!.results.testRows).toBe(results.testRows);
  const order = (arms: readonly { readonly arm: string }[]) => [...new Set(arms.map(({ arm }) => arm))];
  expect(order(read[0]!.results.arms)).toEqual(order(results.arms));
  expect(read[0]!.results.arms.length).toBe(results.arms.length);
});
