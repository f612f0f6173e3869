/**
 * Writes the figures in docs/benchmarks.md and README.md from a record of `npm run bench -- --json FILE`.
 *
 * node --conditions=@ttrec/source tools/bench/src/write-figures.ts FILE
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { error } from './error.ts';
import type { BenchRecord } from './record.ts';
import { floorTable } from './report/floors.ts';
import { highlightTable } from './report/highlights.ts';
import { fullReport, withFigures } from './report/markdown.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const [file] = process.argv.slice(2);
if (file === undefined) {
  throw error('no-record', { subject: 'write-figures', rule: 'must be given the file that --json wrote' });
}
const record = JSON.parse(readFileSync(file, 'utf8')) as BenchRecord;
await write(
  join(root, 'docs', 'benchmarks.md'),
  [fullReport(record), 'How near steps are to what they cannot go below:', await floorTable(record)].join(
    '\n\n',
  ),
);
await write(join(root, 'README.md'), highlightTable(record));

async function write(page: string, figures: string): Promise<void> {
  const text = withFigures(readFileSync(page, 'utf8'), figures);
  const options = (await resolveConfig(page)) ?? {};
  writeFileSync(page, await format(text, { ...options, filepath: page }));
}
