import { openDataset, type DataConfig } from '@ttrec/data';
import { createEncoder, encodingDigest, type RawRow } from '@ttrec/data/encoding';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { batchesOf, readRows, refusal } from './batches.ts';
import { valuesOf } from './encodings.ts';
import { fileOf } from './files.ts';

interface Values {
  /** Beyond 2^53. */
  readonly user: bigint;
  readonly item: string;
  readonly price: number | null;
  readonly cents: number;
  readonly tags: readonly string[];
  readonly y: boolean;
}

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
  .filter((value) => !/[\ufffd|]|\p{Surrogate}/u.test(value) && !value.includes('\0'));
const row: fc.Arbitrary<Values> = fc.record({
  user: fc.bigInt({ min: 2n ** 53n, max: 2n ** 53n + 5n }),
  item: fc.oneof(fc.constantFrom('', 'a', 'é'), text),
  price: fc.option(fc.double({ min: -1e30, max: 1e30, noNaN: true }).map((value) => value + 0)),
  cents: fc.integer({ min: -99_999, max: 99_999 }),
  tags: fc.array(fc.oneof(fc.constantFrom('t1', 't2'), text), { maxLength: 3 }),
  y: fc.boolean(),
});
const rowsOf = fc
  .array(row, { minLength: 4, maxLength: 30 })
  .map((rows) => rows.map((values, i): Values => ({ ...values, y: i < 2 ? i === 0 : values.y })));

const common = {
  label: { column: 'y', equals: 'true' },
  dense: [{ column: 'price', transform: 'standardise', missing: -1 }, { column: 'cents' }],
  features: [
    { column: 'user' },
    { column: 'item', ids: { kind: 'hash', buckets: 50 } },
    { column: 'tags', separator: '|' },
    { column: 'cents', name: 'exact' },
  ],
  split: { by: 'last', test: 0 },
} satisfies Partial<DataConfig>;

const decimal = (cents: number) =>
  `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
const sqlText = (value: string) => `'${value.replaceAll("'", "''")}'`;

const writers = {
  csv: (rows: readonly Values[]) => {
    const lines = rows.map(({ user, item, price, cents, tags, y }) =>
      [user, quoted(item), price ?? '', decimal(cents), quoted(tags.join('|')), y].map(String).join(','),
    );
    return { path: fileOf(`user,item,price,cents,tags,y\n${lines.join('\n')}\n`, 'csv') };
  },
  jsonl: (rows: readonly Values[]) => {
    const lines = rows.map(
      ({ user, cents, ...rest }) =>
        `{"user":${user},"cents":"${decimal(cents)}",${JSON.stringify(rest).slice(1)}`,
    );
    return { path: fileOf(lines.join('\n'), 'jsonl') };
  },
  parquet: (rows: readonly Values[]) => {
    const buffer = parquetWriteBuffer({
      rowGroupSize: 7,
      columnData: [
        { name: 'user', data: rows.map(({ user }) => user) },
        { name: 'item', data: rows.map(({ item }) => item || null) },
        { name: 'price', data: rows.map(({ price }) => price) },
        { name: 'cents', data: rows.map(({ cents }) => cents / 100) },
        { name: 'tags', data: rows.map(({ tags }) => [...tags]) },
        { name: 'y', data: rows.map(({ y }) => y) },
      ],
      schema: [
        { name: 'root', num_children: 6 },
        { name: 'user', type: 'INT64', repetition_type: 'REQUIRED' },
        { name: 'item', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'price', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
        {
          name: 'cents',
          type: 'INT32',
          converted_type: 'DECIMAL',
          scale: 2,
          precision: 7,
          repetition_type: 'REQUIRED',
        },
        { name: 'tags', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'y', type: 'BOOLEAN', repetition_type: 'REQUIRED' },
      ],
    });
    return { path: fileOf(new Uint8Array(buffer), 'parquet') };
  },
  duckdb: (rows: readonly Values[]) => {
    const values = rows.map(({ user, item, price, cents, tags, y }) => {
      const list = `[${tags.map(sqlText).join(',')}]::VARCHAR[]`;
      return `(${user}, ${sqlText(item)}, ${price === null ? 'NULL' : `'${price}'`}::DOUBLE, ${decimal(cents)}::DECIMAL(7,2), ${list}, ${y})`;
    });
    return { query: `select * from (values ${values.join(',')}) t("user", item, price, cents, tags, y)` };
  },
  rows: (rows: readonly Values[]) => ({ rows: () => handedIn(rows.map(raw), 'one') }),
};

const raw = ({ cents, ...values }: Values): RawRow => ({ ...values, cents: decimal(cents) });

/** Rows one at a time, some at a time, or by column. */
async function* handedIn(rows: readonly RawRow[], how: 'one' | 'some' | 'columns') {
  for (let at = 0; at < rows.length; at += how === 'one' ? 1 : 5) {
    await Promise.resolve();
    const some = rows.slice(at, at + 5);
    if (how === 'one') yield rows[at]!;
    else if (how === 'some') yield some;
    else yield Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, some.map((row) => row[name]!)]));
  }
}

function open(format: keyof typeof writers, rows: readonly Values[], more: object = {}) {
  const { rows: given, ...source } = { rows: undefined, ...writers[format](rows) };
  const config = { ...common, format, ...source, ...more } as unknown as DataConfig;
  return openDataset(config, { seed: 3, ...(given ? { rows: given } : {}) });
}

const formats = Object.keys(writers) as (keyof typeof writers)[];

describe('the same rows have the same batches, encoding and digest in every format:', () => {
  test.each(formats.filter((format) => format !== 'csv'))('%s as csv', async (format) => {
    await fc.assert(
      fc.asyncProperty(rowsOf, async (rows) => {
        const [csv, other] = [await open('csv', rows), await open(format, rows)];
        expect(other.encoding).toEqual(csv.encoding);
        expect(encodingDigest(other.encoding!)).toBe(encodingDigest(csv.encoding!));
        expect(other.digest).toBe(csv.digest);
        expect(other.report).toEqual({ ...csv.report, source: other.report.source });
        const options = { split: 'train', batchSize: 7 } as const;
        expect(await batchesOf(other, options)).toEqual(await batchesOf(csv, options));
        const encoded = createEncoder(other.encoding!).encode(rows.map(raw));
        expect([...encoded.features[2]!.indices]).toEqual(
          (await readRows(csv)).flatMap(({ ids }) => ids[2]!),
        );
      }),
      { numRuns: format === 'duckdb' ? 20 : 60 },
    );
  });

  test('rows handed in one at a time, some at a time, or by column', async () => {
    const rows = fc.sample(rowsOf, { numRuns: 1, seed: 5 })[0]!;
    const csv = await open('csv', rows);
    for (const how of ['one', 'some', 'columns'] as const) {
      const config = { ...common, format: 'rows' } as unknown as DataConfig;
      const dataset = await openDataset(config, { seed: 3, rows: () => handedIn(rows.map(raw), how) });
      expect(dataset.digest).toBe(csv.digest);
    }
  });
});

test('an encoding of one format scores and extends the rows of another', async () => {
  const rows = fc.sample(rowsOf, { numRuns: 1, seed: 8 })[0]!;
  const csv = await open('csv', rows);
  const encoding = csv.encoding!;
  for (const format of ['jsonl', 'parquet'] as const) {
    const config = { ...common, format, ...writers[format](rows) } as unknown as DataConfig;
    const scored = await openDataset(config, { scoring: encoding });
    expect(scored.rows).toEqual({ train: 0, validation: 0, test: rows.length });
    expect(await readRows(scored, 'test')).toEqual(await readRows(csv));
    const extended = await openDataset(config, { extending: encoding });
    expect(encodingDigest(extended.encoding!)).toBe(encodingDigest(encoding));
  }
});

describe('what is wrong with a row names it, in every format:', () => {
  const bad = { user: 2n ** 53n, item: 'a', price: null, cents: 1, tags: [], y: true };
  const rows: Values[] = [bad, { ...bad, y: false }, { ...bad, item: 'ten' }, { ...bad, item: '7' }];
  const more = { dense: [{ column: 'item' }], features: [{ column: 'user' }] };

  test.each(formats)('%s', async (format) => {
    const place = format === 'csv' ? 4 : 3;
    const some = rows.map((each, i) => (i < 2 ? { ...each, item: '1' } : each));
    const { code, message } = await refusal(open(format, some, more));
    expect(code).toBe('data/malformed-line');
    expect(message).toMatch(
      new RegExp(`line ${place}, column \\d \\(item\\): must be a decimal number or empty, got ten`),
    );
    const dataset = await open(format, some, { ...more, onBadLine: 'skip' });
    expect(dataset.rows.train).toBe(3);
    expect(dataset.report.badLines).toMatchObject({ count: 1, first: [{ line: place, got: 'ten' }] });
  });

  test.each([
    ['a number', { id: 2 ** 53, size: 1 }],
    ['part of a list', { id: [1, 2 ** 60], size: 1 }],
  ])('rows of code: %s that has lost digits where it is an id, and nowhere else', async (_, row) => {
    const config = {
      format: 'rows',
      label: { column: 'y', equals: '1' },
      dense: [{ column: 'size' }],
      features: [{ column: 'id', separator: '|' }],
      split: { by: 'last', test: 0 },
    } satisfies DataConfig;
    const sound = { id: 2n ** 60n, size: 2 ** 60, y: 1 } as RawRow;
    const { code, message } = await refusal(
      openDataset(config, { rows: () => handedIn([sound, { ...row, y: 0 }], 'one') }),
    );
    expect(code).toBe('data/malformed-line');
    expect(message).toContain('line 2, column 1 (id): must be a text or a bigint from 2^53 on');
    expect(
      (await openDataset(config, { rows: () => handedIn([sound, { ...sound, y: 0 }], 'some') })).rows.train,
    ).toBe(2);
  });

  test.each(formats)('%s: a column that it lacks', async (format) => {
    const { code, message } = await refusal(open(format, rows, { features: [{ column: 'itme' }] }));
    expect(code).toBe('data/unknown-column');
    expect(message).toContain('Did you mean "item"?');
  });

  test.each(formats.filter((format) => format !== 'csv'))(
    '%s: a list where one value must be',
    async (format) => {
      const { message } = await refusal(
        open(
          format,
          rows.map((each) => ({ ...each, tags: ['a', 'b'] })),
          { features: [{ column: 'tags' }] },
        ),
      );
      expect(message).toMatch(
        /column \d \(tags\): must be one value, not a list; a `separator` makes a feature multi-valued, got \["a","b"\]/,
      );
    },
  );
});

test('an instance of DuckDB reads its own database', async () => {
  const path = fileOf('', 'duckdb').replace(/\.duckdb$/, '-own.duckdb');
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(
    "create table clicks as select i::BIGINT as id, i % 2 as y, TIMESTAMP '2024-01-02 03:04:05.5' + to_days(i::INTEGER) as t from range(10) r(i)",
  );
  connection.disconnectSync();
  instance.closeSync();
  const config = {
    ...common,
    dense: [],
    format: 'duckdb',
    database: path,
    query: 'from clicks',
    label: { column: 'y', equals: '1' },
    features: [{ column: 't' }],
  };
  const dataset = await openDataset(config as unknown as DataConfig);
  expect(valuesOf(dataset)).toContain('2024-01-02T03:04:05.5Z');
  const { code, message } = await refusal(
    openDataset({ ...config, query: 'from clickz' } as unknown as DataConfig),
  );
  expect(code).toBe('data/failed-query');
  expect(message).toContain('clickz');
});
