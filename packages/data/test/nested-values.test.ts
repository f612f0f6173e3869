import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { openDataset, type Dataset } from '@ttrec/data';
import { expect, test } from 'vitest';
import { refusal } from './batches.ts';
import { valuesOf } from './encodings.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttrec-nested-'));
const LISTS = 'must be a list of single values, without lists inside';
const VALUE = 'must be a text, a finite number, a boolean, a Date, or null for a missing value';

/** Opens rows of which x is an expression of DuckDB over i: in a Parquet file that it writes, and as a query. */
async function opened(x: string, isList: boolean): Promise<(() => Promise<Dataset>)[]> {
  const query = `select i % 2 as y, ${x} as x from range(9) t(i)`;
  const path = join(
    folder,
    `${Math.abs(Array.from(x).reduce((h, c) => (h * 31 + c.charCodeAt(0)) | 0, 7))}.parquet`,
  );
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`copy (${query}) to '${path}' (format parquet)`);
  const columns = {
    label: { column: 'y', equals: '1' },
    features: [{ column: 'x', ...(isList && { separator: '|' }) }],
    split: { by: 'last' as const, test: 0.2 },
  };
  return [
    () => openDataset({ format: 'parquet', path, ...columns }),
    () => openDataset({ format: 'duckdb', query, ...columns }),
  ];
}

test.each([
  ['lists of lists of integers', '[[i, i + 1], [i]]', LISTS, '[["0","1"],["0"]]'],
  ['lists of lists of texts', `[['a' || i], []]`, LISTS, '[["a0"],[]]'],
  ['three levels', '[[[i]]]', LISTS, undefined],
  ['objects in lists', `[{'a': i}]`, VALUE, undefined],
])('%s are bad lines, in a file and in a query', async (_, x, rule, got) => {
  for (const open of await opened(x, true)) {
    const { code, message } = await refusal(open());
    expect(code).toBe('data/malformed-line');
    expect(message).toContain(`line 1, column 2 (x): ${rule}, got ${got ?? ''}`);
  }
});

test.each([
  ['a map', `map {'k': i}`],
  ['an object', `{'a': i, 'b': [i]}`],
])('%s is a bad line', async (_, x) => {
  for (const open of await opened(x, false)) {
    const { code, message } = await refusal(open());
    expect(code).toBe('data/malformed-line');
    expect(message).toContain(`line 1, column 2 (x): `);
    expect(message).toContain(VALUE);
  }
});

test.each([
  ['a list with nulls', '[i, null, 9007199254740993]', true, ['9007199254740993', '0', '1']],
  [
    'times of the day',
    `time '01:02:03' + to_microseconds(i * 500000)`,
    false,
    ['01:02:03', '01:02:03.5', '01:02:04'],
  ],
])('%s is the same in a file and in a query', async (_, x, isList, first) => {
  for (const open of await opened(x, isList)) expect(valuesOf(await open()).slice(0, 3)).toEqual(first);
});
