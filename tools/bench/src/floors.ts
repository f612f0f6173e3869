/**
 * Prints how near the cases of a record are to their floors.
 *
 * node --conditions=@ttrec/source tools/bench/src/floors.ts FILE
 */
import { readFileSync } from 'node:fs';
import { error } from './error.ts';
import type { BenchRecord } from './record.ts';
import { floorTable } from './report/floors.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  throw error('no-record', { subject: 'floors', rule: 'must be given the file that --json wrote' });
}
console.log(await floorTable(JSON.parse(readFileSync(file, 'utf8')) as BenchRecord));
