import { openDataset, type DataConfig, type EncodedRows } from '@ttrec/data';
import { createEncoder, type Encoding, type RawRow } from '@ttrec/data/encoding';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchesOf } from './batches.ts';
import { fieldsOf, hex, LABEL } from './criteo-lines.ts';
import { defaults, openCsv } from './csv-dataset.ts';
import { csvConfig, csvText, saved } from './encodings.ts';
import { fileOf } from './files.ts';

/** Dense numbers and bags, bit for bit. */
const bitsOf = ({ size, dense, features, byName }: EncodedRows) => ({
  size,
  dense: new Uint32Array(dense.buffer, dense.byteOffset, dense.length),
  features,
  byName,
});

/** All rows of a file, as a model that is scored on it gets them. */
async function scored(config: DataConfig, encoding: Encoding) {
  const dataset = await openDataset(config, { seed: 1, scoring: encoding });
  const [batch] = await batchesOf(dataset, { split: 'test', batchSize: 10_000 });
  return bitsOf(batch!);
}

/** The rows of the CSV text of `encodings.ts`, whose cells hold no commas. */
const csvRows = (text: string): RawRow[] => {
  const [header, ...lines] = text.split('\n').map((line) => line.split(','));
  const cell = (field: string) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
  return lines.map((line) => Object.fromEntries(line.map((field, i) => [header![i]!, cell(field)])));
};

describe('rows are encoded with the bits that they have in a file:', () => {
  test('csv: all kinds of columns, known and unseen values, seen or missing', async () => {
    const encoding = await saved((await openDataset(csvConfig, { seed: 1 })).encoding);
    const encoder = createEncoder(encoding);
    const served = `${csvText}\n"new","é""q",t1|new||t2|,-0.1,7,200,0\n"","",,,,,1`;
    const config = { ...csvConfig, path: fileOf(served), split: { by: 'last' as const, test: 0 } };
    const rows = csvRows(served);
    const expected = await scored(config, encoding);
    expect(bitsOf(encoder.encode(rows))).toEqual(expected);
    const columns = Object.fromEntries(encoder.columns.map((name) => [name, rows.map((row) => row[name]!)]));
    expect(bitsOf(encoder.encodeColumns(columns))).toEqual(expected);
    expect(encoder.columns).toEqual(['x', 'z', 'home', 'away', 'tags', 'when']);
    expect(encoder.schema).toEqual((await openDataset(csvConfig, { seed: 1 })).schema);
  });

  test.each([
    { kind: 'vocabulary', minCount: 2 },
    { kind: 'vocabulary', unseen: 'hash', unseenRows: 5 },
    { kind: 'hash', buckets: 100 },
  ])('criteo, %j', async (ids) => {
    const field = (column: number, i: number) =>
      i % (column + 2) === 0 ? '' : column > 13 ? hex(i * column).toUpperCase() : String((i - 3) ** column);
    const lines = Array.from({ length: 60 }, (_, i) =>
      fieldsOf({
        [LABEL]: String(i % 2),
        1: field(1, i),
        2: field(2, i),
        5: field(5, i),
        14: field(14, i),
        39: field(39, i),
      }),
    );
    const config = (of: string[][]) =>
      ({
        format: 'criteo',
        path: fileOf(of.map((line) => line.join('\t')).join('\n')),
        ids,
        split: { by: 'last', test: 0 },
      }) as DataConfig;
    const encoding = await saved((await openDataset(config(lines.slice(0, 40)), { seed: 1 })).encoding);
    const encoder = createEncoder(encoding);
    const names = ['label', ...encoder.columns];
    const rows = lines.map((line) => Object.fromEntries(line.map((cell, i) => [names[i]!, cell])));
    expect(bitsOf(encoder.encode(rows))).toEqual(await scored(config(lines), encoding));
  });

  test('csv: any numbers and texts, whatever the transform', async () => {
    const number = fc.oneof(
      fc.double({ min: -3e38, max: 3e38, noNaN: true }).map((x) => String(x + 0)),
      fc.integer().map(String),
      fc.constantFrom('', '.5', '-7.', '+1e-3', '3.4028234e38', '1e-46'),
    );
    // U+FFFD stands for invalid UTF-8: files and rows refuse it alike.
    const sound = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\ufffd'));
    const text = fc.oneof(fc.constantFrom('a', 'b', '', '|', 'a|b||a', ' '), sound);
    const row = fc.record({ u: number, v: number, w: number, c: text, tags: text });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 4, maxLength: 12 }), async (rows) => {
        const names = ['u', 'v', 'w', 'c', 'tags'] as const;
        const lines = rows.map((cells, i) => [
          i % 2,
          ...names.map((name) => `"${cells[name].replaceAll('"', '""')}"`),
        ]);
        const content = [['y', ...names], ...lines].map((line) => line.join(',')).join('\n');
        const config = {
          ...defaults,
          path: fileOf(content),
          dense: [{ column: 'u' }, { column: 'v', transform: 'log1p' as const }, { column: 'w', missing: 3 }],
          features: [{ column: 'c' }, { column: 'tags', separator: '|', table: 'c' }],
        };
        const { encoding } = await openDataset(config, { seed: 1 });
        expect(bitsOf(createEncoder(encoding!).encode(rows))).toEqual(await scored(config, encoding!));
      }),
      { numRuns: 60 },
    );
  });

  test('a contest: columns of both sides', async () => {
    const content = 'winner_id,winner_rank,loser_id,loser_rank\n1,5,2,9\n4,3,3,7\n';
    const config = {
      format: 'csv',
      path: fileOf(content),
      label: { versus: { winner: 'winner_', loser: 'loser_', id: 'id' } },
      dense: [{ column: 'a_rank' }, { column: 'b_rank' }],
      features: [
        { column: 'a_id', table: 'player' },
        { column: 'b_id', table: 'player' },
      ],
      split: { by: 'last', test: 0 },
    } as const satisfies DataConfig;
    const { encoding } = await openDataset(config, { seed: 1 });
    const rows = [
      { a_id: 1, a_rank: 5, b_id: 2, b_rank: 9 },
      { a_id: 3, a_rank: 7, b_id: 4, b_rank: 3 },
    ];
    expect(bitsOf(createEncoder(encoding!).encode(rows))).toEqual(await scored(config, encoding!));
  });
});

describe('a value may be', async () => {
  const content = 'y,c,tags,x\n1,7,a|b,1.5\n0,8.5,b,\n1,,a,2\n0,9007199254740993,7,0\n';
  const config = {
    dense: [{ column: 'x' }],
    features: [{ column: 'c' }, { column: 'tags', separator: '|' }],
    split: { by: 'last' as const, test: 0 },
  };
  const { encoding } = await openCsv(content, config);
  const encoder = createEncoder(encoding!);
  const encoded = (row: RawRow) => {
    const { dense, byName } = encoder.encode([row]);
    return [[...byName.c!.indices], [...byName.tags!.indices], [...dense]];
  };

  test.each<[string, RawRow, RawRow]>([
    ['a number for its text', { c: 7, tags: 'a', x: 1.5 }, { c: '7', tags: 'a', x: '1.5' }],
    ['a fraction', { c: 8.5, tags: '', x: -0 }, { c: '8.5', tags: '', x: '0' }],
    ['a bigint', { c: 9007199254740993n, tags: 'a', x: 2n }, { c: '9007199254740993', tags: 'a', x: '2' }],
    ['null where it is missing', { c: null, tags: null, x: null }, { c: '', tags: '', x: '' }],
    [
      'a list, whose empty parts are none',
      { c: 7, tags: ['a', '', 'b', null, 7], x: 0 },
      { c: 7, tags: 'a||b|7', x: 0 },
    ],
    ['an empty list', { c: 7, tags: [], x: 0 }, { c: 7, tags: '|', x: 0 }],
    [
      'beside columns that nobody reads',
      { c: 7, tags: 'a', x: 0, y: 1, other: null },
      { c: 7, tags: 'a', x: 0 },
    ],
  ])('%s', (_, row, same) => {
    expect(encoded(row)).toEqual(encoded(same));
  });

  test('in a typed array, column by column', () => {
    const columns = { c: Int32Array.of(7, 8), tags: [['a'], 'b'], x: Float64Array.of(1.5, 2) };
    const rows = [
      { c: 7, tags: ['a'], x: 1.5 },
      { c: 8, tags: 'b', x: 2 },
    ];
    expect(encoder.encodeColumns(columns)).toEqual(encoder.encode(rows));
    expect(encoder.encode([])).toMatchObject({ size: 0, dense: new Float32Array(0) });
  });

  test.each<[unknown, string, string]>([
    [
      { c: 7, tags: 'a' },
      'data/missing-column',
      'row 1: must have the column x; null or "" is a missing value, got c, tags.',
    ],
    [
      { c: 7, tag: 'a', x: 1 },
      'data/missing-column',
      'must have the column tags; null or "" is a missing value, got c, tag, x. Did you mean "tag"?',
    ],
    [
      { c: 7, tags: 'a', x: 'ten' },
      'data/bad-value',
      'row 1, column x: must be a decimal number or empty, got ten.',
    ],
    [
      { c: 2 ** 53, tags: 'a', x: 1 },
      'data/bad-value',
      'row 1, column c: must be a text or a bigint from 2^53 on, where numbers lose digits, got 9007199254740992.',
    ],
    [
      { c: 7, tags: [7, -(2 ** 60)], x: 1 },
      'data/bad-value',
      'row 1, column tags: must be a text or a bigint',
    ],
    [{ c: 7, tags: 'a', x: '0x10' }, 'data/bad-value', 'row 1, column x: must be a decimal number or empty'],
    [{ c: 7, tags: 'a', x: 1e39 }, 'data/bad-value', 'row 1, column x: must be at most 3.4e38 in magnitude'],
    [
      { c: 7, tags: 'a', x: NaN },
      'data/bad-value',
      'row 1, column x: must be a text, a finite number, a boolean, a Date, or null for a missing value, got NaN.',
    ],
    [{ c: Infinity, tags: 'a', x: 1 }, 'data/bad-value', 'row 1, column c: must be a text, a finite number'],
    [
      { c: new Date(NaN), tags: 'a', x: 1 },
      'data/bad-value',
      'row 1, column c: must be a text, a finite number, a boolean, a Date, or null for a missing value, got ',
    ],
    [{ c: ['a'], tags: 'a', x: 1 }, 'data/bad-value', 'row 1, column c: must be a text'],
    [{ c: { id: 7 }, tags: 'a', x: 1 }, 'data/bad-value', 'got {"id":7}.'],
    [{ c: undefined, tags: 'a', x: 1 }, 'data/bad-value', 'row 1, column c: must be a text'],
    [{ c: 7, tags: ['a', ['b']], x: 1 }, 'data/bad-value', 'row 1, column tags: must be a text'],
    [
      { c: 'a\ufffd', tags: 'a', x: 1 },
      'data/bad-value',
      'row 1, column c: must be UTF-8, without the replacement character',
    ],
    [{ c: '\ud83d', tags: 'a', x: 1 }, 'data/bad-value', 'got \\ud83d.'],
    [
      { c: 'x'.repeat(2 ** 20 + 1), tags: 'a', x: 1 },
      'data/bad-value',
      'must have at most 1048576 characters',
    ],
    [null, 'data/bad-rows', 'row 1: must be an object of values by column, got null.'],
    [['7', 'a', 1], 'data/bad-rows', 'row 1: must be an object of values by column'],
    ['7,a,1', 'data/bad-rows', 'row 1: must be an object'],
  ])('nothing else: %j', (row, code, words) => {
    const rows = [{ c: 7, tags: 'a', x: 1 }, row] as RawRow[];
    expect(() => encoder.encode(rows)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) as string }),
    );
  });

  test.each<[unknown, string, string]>([
    [{ c: ['7'], tags: ['a'] }, 'data/missing-column', 'columns: must have the column x'],
    [{ c: ['7'], tags: ['a'], x: [1, 2] }, 'data/bad-rows', 'column c: must have 2 values, like x, got 1.'],
    [
      { c: ['7'], tags: 'a', x: [1] },
      'data/bad-rows',
      'column tags: must be a list or a typed array, got a.',
    ],
    [{ c: 7, tags: ['a'], x: [1] }, 'data/bad-rows', 'column c: must be a list or a typed array, got 7.'],
    [null, 'data/bad-rows', 'columns: must be an object of lists by column'],
  ])('columns are refused likewise: %j', (columns, code, words) => {
    expect(() => encoder.encodeColumns(columns as never)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(words) as string,
      }),
    );
  });

  test('and what is no encoding makes no encoder', () => {
    for (const nothing of [undefined, null, {}, 'csv', { format: 'csv' }]) {
      expect(() => createEncoder(nothing as unknown as Encoding)).toThrow(
        expect.objectContaining({ code: 'data/bad-encoding' }),
      );
    }
    const [table] = encoding!.tables;
    if (table?.kind !== 'vocabulary') throw new Error('a vocabulary');
    const twice = { ...encoding, tables: [{ ...table, values: ['a', 'a'] }] } as Encoding;
    expect(() => createEncoder(twice)).toThrow('encoding, table c, row 2: each value must come once, got a.');
  });
});
