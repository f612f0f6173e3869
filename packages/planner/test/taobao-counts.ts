import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { RandomStream } from '@ttrec/core';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const path = join(
  process.env['TTREC_SHARED'] ?? resolve(repository, '../shared'),
  'data/taobao_buy_cart.csv.gz',
);

export const hasTaobao = existsSync(path);

/** What a test that needs the file adds to its name, so that a skipped one says why. */
export const needsTaobao = hasTaobao ? '' : ' [skipped: no shared data folder; set TTREC_SHARED]';

/** Of the pairs, those that were not held out for validation (0.05) or test (0.2). */
const TRAINING_SHARE = 0.75;

/**
 * How often users and items occur in the training share of the distinct pairs, most frequent first: those met once share row 0, as in a vocabulary
 * of `minCount` 2.
 */
export function taobaoCounts(): { readonly users: number[]; readonly items: number[] } {
  const lines = gunzipSync(readFileSync(path)).toString('latin1').trimEnd().split('\n').slice(1);
  const stream = new RandomStream(1, 'test/split');
  const distinct = new Set(lines.map((line) => line.split(',').slice(0, 2).join(',')));
  const pairs = [...distinct].filter(() => stream.nextUniform() < TRAINING_SHARE);
  const column = (k: number) => vocabularyCounts(pairs.map((pair) => pair.split(',')[k]!));
  return { users: column(0), items: column(1) };
}

function vocabularyCounts(values: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const known = [...counts.values()].filter((count) => count >= 2).sort((a, b) => b - a);
  return [values.length - known.reduce((sum, count) => sum + count, 0), ...known];
}
