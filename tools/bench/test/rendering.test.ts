import { expect, test } from 'vitest';
import { renderPage } from '../src/page.ts';
import { performanceSection, withPerformance } from '../src/performance-section.ts';
import { limits } from '../src/setting.ts';
import { caseTable } from '../src/table.ts';
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

test('the section of the README is written between its markers, and again over itself', () => {
  const readme = '# Title\n\n<!-- performance -->\nstale\n<!-- /performance -->\n\n## After\n';
  const once = withPerformance(readme, record);
  expect(once).toContain(
    '| `bag/train` | 1.54 M lookups/s | torch bmm, 512,000 lookups/s | 3.00× (3.00 to 3.00) | ≥ 4.00× missed |',
  );
  expect(once).toContain('not run: PEERS_MODULES names no folder');
  expect(once).not.toContain('stale');
  expect(once.startsWith('# Title\n\n<!-- performance -->')).toBe(true);
  expect(once.endsWith('<!-- /performance -->\n\n## After\n')).toBe(true);
  expect(withPerformance(once, record)).toBe(once);
});

test('a README without markers is refused', () => {
  const { code: thrown, message } = refusal(() => withPerformance('# Title\n', record));
  expect(thrown).toBe('bench/no-markers');
  expect(message).toContain('README: must hold <!-- performance --> and, after it, <!-- /performance -->');
});

test('what the figures do not show is said: the busy machine, the torch that ran, one thread', () => {
  const section = performanceSection(record);
  expect(section).toContain('shared with other work; more work was waiting than there were cores');
  expect(section).toContain('without MKL');
  expect(section).toContain('says nothing of threads, one.');
  expect(section).toContain('Cases that this run left out: `matmul/512`, ');
  const quiet = { ...record, machine: { ...record.machine, load: [0, 1] as const }, cases: [] };
  expect(limits(quiet).join(' ')).not.toMatch(/waiting|MKL/);
});
