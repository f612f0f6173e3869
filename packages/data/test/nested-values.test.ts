import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { openDataset, type Dataset } from '@ttrec/data';
import { inspect } from '@ttrec/data/inspect';
import { expect, test } from 'vitest';
import { refusal } from './batches.ts';
import { valuesOf } from './encodings.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttrec-nested-'));
const LISTS = 'must be a list of single values, without lists inside';
const VALUE = 'must be a text, a finite number, a boolean, a Date, or null for a missing value';

let files = 0;

/** The path of a Parquet file of so many rows, which DuckDB selects over i. */
async function written(selected: string, rows: number): Promise<string> {
  const path = join(folder, `${files++}.parquet`);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`copy (select ${selected} from range(${rows}) t(i)) to '${path}' (format parquet)`);
  return path;
}

/** Opens rows of which x is an expression of DuckDB over i: in a Parquet file that it writes, and as a query. */
async function opened(x: string, isList: boolean): Promise<(() => Promise<Dataset>)[]> {
  const selected = `i % 2 as y, ${x} as x`;
  const query = `select ${selected} from range(9) t(i)`;
  const path = await written(selected, 9);
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
  ['objects of times in lists', `[{'t': time '07:08:09.5', 'k': i}]`, VALUE, undefined],
  ['objects of one decimal in lists', `[{'d': 1.5::decimal(9, 2)}]`, VALUE, undefined],
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
  ['an object with a time', `{'t': time '07:08:09.5', 'k': i}`],
  ['an object with decimals', `{'d': 1.5::decimal(9, 2), 'e': 7::decimal(30, 0), 'k': i}`],
  ['an object with a list of times', `{'t': [time '07:08:09.5'], 'k': i}`],
  ['a map of times', `map {'k': time '07:08:09.5'}`],
])('%s is a bad line', async (_, x) => {
  for (const open of await opened(x, false)) {
    const { code, message } = await refusal(open());
    expect(code).toBe('data/malformed-line');
    expect(message).toContain(`line 1, column 2 (x): `);
    expect(message).toContain(VALUE);
  }
});

test('decimals inside an object are shown with their point', async () => {
  const [file] = await opened(`{'d': 1.5::decimal(9, 2)}`, false);
  expect((await refusal(file!())).message).toContain(`got {"d":1.5}`);
});

test('a column of objects is skipped, decimals and times behind it are exact', async () => {
  const path = await written(
    `i % 2 as click, {'t': time '07:08:09.5', 'd': 1.5::decimal(9, 2)} as o, [0.1::decimal(30, 20)] as l, i / 2 + 0.25::decimal(9, 2) as d`,
    200,
  );
  const { columns } = await inspect(path);
  expect(columns.map(({ name, role, why }) => [name, role, why])[1]).toEqual([
    'o',
    'skip',
    expect.any(String),
  ]);
  expect(columns[2]).toMatchObject({ name: 'l', examples: ['["0.10000000000000000000"]'] });
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
