import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openDataset } from '@ttrec/data';
import { createEncoder, type RawRow } from '@ttrec/data/encoding';
import { readRows, type ReadRowsOptions, type RowFile } from '@ttrec/data/rows';
import { describe, expect, test } from 'vitest';
import { readRows as rowsOfDataset, refusal } from './batches.ts';
import { C1, fieldsOf, hex, I1, lineOf } from './criteo-lines.ts';
import { fileOf } from './files.ts';

async function read(file: RowFile, options?: ReadRowsOptions) {
  const blocks = readRows(file, options);
  const rows: RawRow[] = [];
  const lines: number[] = [];
  for await (const block of blocks) {
    rows.push(...block.rows.map((row) => ({ ...row })));
    lines.push(...block.lines);
  }
  return { rows, lines, badLines: blocks.badLines, unmatched: blocks.unmatched };
}

describe('Criteo files, which have no header', () => {
  const lines = Array.from({ length: 40 }, (_, i) =>
    fieldsOf({
      0: String(i % 2),
      [I1]: i % 5 === 0 ? '' : String(i - 3),
      [C1]: i % 7 === 0 ? '' : hex(i % 3),
    }),
  );
  const text = (of: readonly string[][]) => of.map((fields) => fields.join('\t')).join('\n');

  test.each([
    ['with labels', text(lines)],
    [
      'without labels, after a byte order mark, lines that end with CRLF',
      `\ufeff${text(lines.map((fields) => fields.slice(1))).replaceAll('\n', '\r\n')}\r\n`,
    ],
  ])('%s: rows are encoded as training encodes them', async (_, content) => {
    const dataset = await openDataset({
      format: 'criteo',
      path: fileOf(text(lines)),
      missingFlags: true,
      ids: { kind: 'vocabulary' },
      split: { by: 'random', test: 0 },
    });
    const { columns } = createEncoder(dataset.encoding!);
    const { rows } = await read({ format: 'criteo', path: fileOf(content) }, { columns });
    const encoded = createEncoder(dataset.encoding!).encode(rows);
    const trained = await rowsOfDataset(dataset);
    expect(Array.from(encoded.dense)).toEqual(trained.flatMap(({ dense }) => dense));
    expect(encoded.features.map(({ indices }) => Array.from(indices))).toEqual(
      encoded.features.map((__, f) => trained.map(({ ids }) => ids[f]![0])),
    );
  });

  test('all columns by default; lines of another number of columns than the first are bad', async () => {
    const content = [
      '1\t2',
      lineOf({ 0: '1' }),
      lineOf().slice(2),
      `${lineOf()}\t1`,
      lineOf({ 0: '0' }),
    ].join('\n');
    const {
      rows,
      lines: numbers,
      badLines,
    } = await read({ format: 'criteo', path: fileOf(content), onBadLine: 'skip' });
    expect(Object.keys(rows[0]!).slice(0, 3)).toEqual(['label', 'I1', 'I2']);
    expect(rows.map(({ label }) => label)).toEqual(['1', '0']);
    expect(numbers).toEqual([2, 5]);
    expect(badLines.first).toMatchObject([
      { line: 1, rule: 'a line must have 40 tab-separated columns, or 39 without a label', got: 2 },
      { line: 3, rule: 'a line must have 40 tab-separated columns, like the first', got: 39 },
      { line: 4, got: 41 },
    ]);
    const unlabelled = fileOf(lineOf().slice(2));
    const { code } = await refusal(read({ format: 'criteo', path: unlabelled }, { columns: ['label'] }));
    expect(code).toBe('data/unknown-column');
  });
});

test('Parquet: exact numbers as text, lists as lists, the number of the row for a line', async () => {
  const folder = join(import.meta.dirname, 'parquet');
  const expected = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')) as Record<string, unknown>[];
  const { rows, lines } = await read({ format: 'parquet', path: join(folder, 'pyarrow-snappy.parquet') });
  expect(lines).toEqual(rows.map((_, i) => i + 1));
  expect(rows).toHaveLength(expected.length);
  // In the file of values, a list that is null is an empty one.
  const texts = (row: RawRow, i: number) =>
    Object.entries(expected[i]!).map(([name, value]) =>
      Array.isArray(value) ? (row[name] === '' ? [] : row[name]) : row[name],
    );
  expect(rows.map(texts)).toEqual(
    expected.map((row) => Object.values(row).map((value) => (Array.isArray(value) ? value : String(value)))),
  );
});

describe('joins', () => {
  const items = fileOf('id,genre,maker\ni1,rock,m1\ni2,"jazz, cool",m2\n', 'csv');
  const makers = fileOf('maker;country\nm1;NL\nm2;"FR"\n', 'csv');
  const join = [
    { path: items, on: 'item', key: 'id', columns: ['genre', 'maker'], delimiter: ',', quote: '"' },
    { path: makers, on: 'maker', columns: ['country'], delimiter: ';', quote: '"' },
  ];
  const csv = fileOf('item,user\ni2,a\ni1,b\ni9,c\n', 'csv');
  const looked = [
    { item: 'i2', genre: 'jazz, cool', country: 'FR' },
    { item: 'i1', genre: 'rock', country: 'NL' },
    { item: 'i9', genre: '', country: '' },
  ];
  const columns = ['item', 'genre', 'country'];

  test.each(['csv', 'jsonl'] as const)(
    '%s: columns are looked up by columns that may be looked up themselves',
    async (format) => {
      const path =
        format === 'csv' ? csv : fileOf(looked.map(({ item }) => JSON.stringify({ item })).join('\n'));
      const { rows, unmatched } = await read({ format, path, join }, { columns });
      expect(rows).toMatchObject(looked);
      expect(unmatched).toEqual({ [items]: 1, [makers]: 1 });
    },
  );

  test('a column that a row has itself is kept, files of no wanted column are not read', async () => {
    const own = fileOf('item,genre\ni1,folk\n', 'csv');
    expect((await read({ format: 'csv', path: own, join })).rows).toEqual([
      { item: 'i1', genre: 'folk', maker: 'm1', country: 'NL' },
    ]);
    const elsewhere = join.map((side) => ({ ...side, path: `${dirname(items)}/gone.csv` }));
    expect(
      (await read({ format: 'csv', path: csv, join: elsewhere }, { columns: ['user'] })).rows,
    ).toHaveLength(3);
    const { code, message } = await refusal(read({ format: 'csv', path: csv, join: elsewhere }, { columns }));
    expect([code, message]).toEqual(['data/file-not-found', expect.stringContaining('gone.csv')]);
  });

  test('a key that the file lacks is named; objects without it have nothing looked up', async () => {
    const path = fileOf('user\na\n', 'csv');
    const { code, message } = await refusal(read({ format: 'csv', path, join }, { columns }));
    expect([code, message]).toEqual(['data/unknown-column', expect.stringContaining('got item')]);
    const objects = fileOf('{"user":"a"}\n{"item":["i1"]}');
    const { rows, badLines } = await read({ format: 'jsonl', path: objects, join, onBadLine: 'skip' });
    expect(rows).toEqual([{ user: 'a' }]);
    expect(badLines.first).toMatchObject([{ line: 2, column: 'item', got: '["i1"]' }]);
  });
});
