/**
 * Writes the performance section of the README anew from a record of `npm run bench -- --json FILE`.
 *
 * node --conditions=@ttrec/source tools/bench/src/readme-section.ts FILE
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { error } from './error.ts';
import { withPerformance } from './performance-section.ts';
import type { BenchRecord } from './record.ts';

const readme = join(import.meta.dirname, '..', '..', '..', 'README.md');
const [file] = process.argv.slice(2);
if (file === undefined) {
  throw error('no-record', { subject: 'readme-section', rule: 'must be told the file that --json wrote' });
}
const record = JSON.parse(readFileSync(file, 'utf8')) as BenchRecord;
const text = withPerformance(readFileSync(readme, 'utf8'), record);
const options = (await resolveConfig(readme)) ?? {};
writeFileSync(readme, await format(text, { ...options, filepath: readme }));
