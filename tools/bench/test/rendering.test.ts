import { expect, test } from 'vitest';
import { allCases } from '../src/cases/all-cases.ts';
import { renderPage } from '../src/report/page.ts';
import { highlightTable } from '../src/report/highlights.ts';
import { fullReport, withFigures } from '../src/report/markdown.ts';
import { limits } from '../src/report/setting.ts';
import { caseTable } from '../src/report/table.ts';
import { record } from './sample-record.ts';
import { refusal } from './refusal.ts';

test('the table shows rates, ratios with their spread, goals, and why a peer did not run', () => {
  expect(caseTable(record.cases[0]!)).toBe(
    [
      'bag/train',
      '  ttrec      1.54 M lookups/s  (1.13 M to 1.95 M)',
      '  torch bmm  512,000 lookups/s  3.00×  (3.00 to 3.00)  ≥ 4.00× missed',
      '  tfjs wasm                  –                         ≥ 15.0×         PEERS_MODULES names no folder with @tensorflow/tfjs',
    ]
      .join('\n')
      .replace('      1.54 M', '       1.54 M'),
  );
});

test('the page holds every contender and reason, escaped, a plot, and no script or address to fetch', () => {
  const page = renderPage(record);
  expect(page).toContain('A CPU &lt;x&gt;');
  expect(page).toContain('Bags &amp; gradients.');
  expect(page).toContain('512,000 lookups/s');
  expect(page).toContain('PEERS_MODULES names no folder with @tensorflow/tfjs');
  expect(page).toContain('bag/train, torch bmm');
  expect(page.match(/<svg/g)).toHaveLength(1);
  expect(page).not.toMatch(/<script|<link|src=|href="http/);
});

test('a record in which nothing was compared gives a page without a plot', () => {
  const alone = record.cases.map((one) => ({ ...one, contenders: one.contenders.slice(0, 1) }));
  const page = renderPage({ ...record, cases: alone });
  expect(page).not.toContain('<svg');
  expect(page).toContain('1.54 M lookups/s');
});

test('figures are written between the markers of a page, and again over themselves', () => {
  const page = '# Title\n\n<!-- figures -->\nstale\n<!-- /figures -->\n\n## After\n';
  const figures = fullReport(record);
  const once = withFigures(page, figures);
  expect(once).toContain(
    '| `bag/train` | 1.54 M lookups/s | torch bmm, 512,000 lookups/s | 3.00× (3.00 to 3.00) | ≥ 4.00× missed |',
  );
  expect(once).toContain('not run: PEERS_MODULES names no folder');
  expect(once).not.toContain('stale');
  expect(once.startsWith('# Title\n\n<!-- figures -->')).toBe(true);
  expect(once.endsWith('<!-- /figures -->\n\n## After\n')).toBe(true);
  expect(withFigures(once, figures)).toBe(once);
});

test('a page without markers is refused', () => {
  const { code: thrown, message } = refusal(() => withFigures('# Title\n', ''));
  expect(thrown).toBe('bench/no-markers');
  expect(message).toContain('page: must hold <!-- figures --> and, after it, <!-- /figures -->');
});

test('the table of the README has five rows of cases that exist, and is refused where one did not run', () => {
  const summary = { median: 2, low: 1, high: 3 };
  const contender = (name: string) => ({
    name,
    kind: 'peer' as const,
    samples: [],
    rate: summary,
    ratio: summary,
  });
  const others = ['torch grouped', 'torch EmbeddingBag', 'torch', 'onnxruntime'];
  const cases = allCases.map(({ name, what, unit }) => ({
    ...record.cases[0]!,
    ...{ name, what, unit, contenders: ['ttrec', ...others].map(contender) },
  }));
  const rows = highlightTable({ ...record, cases })
    .split('\n')
    .slice(2);
  expect(rows).toHaveLength(5);
  expect(rows[2]).toBe('| train a DLRM, batch 2048 | 2.00 samples/s | torch: 2.00 samples/s | 2.00× |');
  const { code, message } = refusal(() => highlightTable(record));
  expect(code).toBe('bench/missing-comparison');
  expect(message).toContain('tt-bag/train/d16-r32/bags32-zipf: must have run against torch grouped');
});

test('what the figures do not show is said: the busy machine, the torch that ran, one thread', () => {
  const section = fullReport(record);
  expect(section).toContain('shared with other work; more work was waiting than there were cores');
  expect(section).toContain('without MKL');
  expect(section).toContain('Single-threaded unless stated.');
  expect(section).toContain('Cases that this run left out: `matmul/512`, ');
  const quiet = { ...record, machine: { ...record.machine, load: [0, 1] as const }, cases: [] };
  expect(limits(quiet).join(' ')).not.toMatch(/waiting|MKL/);
});
