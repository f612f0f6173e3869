import { mix32 } from '@ttrec/core';
import { openDataset, type DataConfig } from '@ttrec/data';
import { createEncoder } from '@ttrec/data/encoding';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchesOf, readRows, refusal } from './batches.ts';
import { C1, C26, fieldsOf, hex, I1, LABEL, lineOf } from './criteo-lines.ts';
import { fileOf, gzipped } from './files.ts';

type CriteoConfig = Extract<DataConfig, { format: 'criteo' }>;

function open(content: string | Uint8Array, config: Partial<CriteoConfig> = {}) {
  const path = fileOf(content, 'tsv');
  const whole = {
    format: 'criteo',
    path,
    ids: { kind: 'vocabulary' },
    split: { by: 'random', test: 0 },
    ...config,
  } as const;
  return openDataset(whole, { seed: 1 });
}

const positive = lineOf({ [LABEL]: '1' });

describe('the line parser', () => {
  const integer = fc.oneof(
    fc.constant(''),
    fc.integer({ min: -3, max: 2000 }).map(String),
    fc.nat(999_999_999_999_999).map(String),
  );
  const category = fc.oneof(
    fc.constant(''),
    fc.nat(0xffffffff).map(hex),
    fc.nat(0xffffffff).map((value) => hex(value).toUpperCase()),
  );
  const fields = fc.tuple(
    fc.constantFrom('0', '1'),
    fc.array(integer, { minLength: 13, maxLength: 13 }),
    fc.array(category, { minLength: 26, maxLength: 26 }),
  );

  // The oracle is parseInt and Number on the fields before they were joined.
  test('agrees with a naive reading of any sound lines, whatever the line ends', async () => {
    const lineEnd = fc.constantFrom('\n', '\r\n');
    // A file needs both labels.
    const lines = fc
      .tuple(fields, fields, fc.array(fields, { maxLength: 20 }))
      .map(([[, ...a], [, ...b], rest]) => [['0', ...a] as const, ['1', ...b] as const, ...rest]);
    const file = fc.tuple(lines, lineEnd, fc.boolean());
    const property = fc.asyncProperty(file, async ([lines, end, endsLast]) => {
      const text = lines.map((line) => line.flat().join('\t')).join(end);
      const rows = await readRows(
        await open(endsLast ? text + end : text, { ids: { kind: 'hash', buckets: 1000 } }),
      );
      const expected = lines.map(([label, integers, categories]) => ({
        label: Number(label),
        dense: integers.map((x) => Math.fround(Math.log1p(Math.max(Number(x), 0)))),
        ids: categories.map((x) => [x === '' ? 0 : 1 + (mix32(parseInt(x, 16)) % 999)]),
      }));
      expect(rows).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('flags of missing integers follow the integers, in memory, streamed and in single rows alike', async () => {
    const text = [lineOf({ 1: '', 2: '0', 13: '' }), positive].join('\n');
    const flags = Array.from({ length: 13 }, (_, i) => Number(i === 0 || i === 12));
    for (const cacheBytes of [0, 1e6]) {
      const data = await open(text, { missingFlags: true, cacheBytes });
      const [row, full] = await readRows(data);
      expect(row!.dense.slice(13)).toEqual(flags);
      expect(row!.dense.slice(0, 13)).toEqual((await readRows(await open(text)))[0]!.dense);
      expect(full!.dense).toHaveLength(26);
      expect(data.schema.dense.slice(12, 15)).toEqual(['I13', 'I1.missing', 'I2.missing']);
      const cells = fieldsOf({ 1: '', 2: '0', 13: '' }).slice(1);
      const names = [...data.schema.dense.slice(0, 13), ...data.schema.features.map(({ name }) => name)];
      const encoder = createEncoder(data.encoding!);
      expect(encoder.columns).toEqual(names);
      const encoded = encoder.encode([Object.fromEntries(names.map((name, i) => [name, cells[i]!]))]);
      expect([...encoded.dense]).toEqual(row!.dense);
    }
  });

  test('takes log(1 + max(x, 0)), and 0 for an empty cell', async () => {
    const [row] = await readRows(
      await open([lineOf({ 1: '-2', 2: '', 3: '0', 4: '1', 5: '999999999999999' }), positive].join('\n')),
    );
    expect(row!.dense.slice(0, 5)).toEqual([
      0,
      0,
      0,
      Math.fround(Math.LN2),
      Math.fround(Math.log1p(999999999999999)),
    ]);
  });

  test('lines may lie across the chunks in which a file is read', async () => {
    // Some 300 bytes a line and chunks of 256 KiB: 3000 lines cross three borders, 20000 several blocks too.
    const lines = Array.from({ length: 20_000 }, (_, i) =>
      lineOf({ [LABEL]: String(i % 2), [I1]: String(i), [C1]: hex(i) }),
    );
    const rows = await readRows(await open(`${lines.join('\n')}\n`));
    expect(rows.map((row) => row.dense[0])).toEqual(lines.map((_, i) => Math.fround(Math.log1p(i))));
    expect(new Set(rows.map((row) => row.ids[0]![0])).size).toBe(20_000);
  });
});

describe('files', () => {
  const text = [1, 2, 3].map((i) => lineOf({ [LABEL]: String(i % 2), [I1]: String(i) })).join('\n');

  test('a byte order mark in front is no part of the label; elsewhere it is', async () => {
    const plain = await readRows(await open(text));
    for (const content of [`\ufeff${text}`, gzipped(`\ufeff${text}`)]) {
      expect(await readRows(await open(content))).toEqual(plain);
    }
    const { code, message } = await refusal(open(`${text}\n\ufeff${text}`));
    expect(code).toBe('data/malformed-line');
    expect(message).toContain('line 4, column 1 (label)');
  });

  test('gzip is told by its bytes, not its name', async () => {
    const plain = await readRows(await open(text));
    expect(await readRows(await open(gzipped(text)))).toEqual(plain);
  });

  test('a missing file', async () => {
    const promise = openDataset(
      {
        format: 'criteo',
        path: 'no/such.tsv',
        ids: { kind: 'vocabulary' },
        split: { by: 'last', test: 0.5 },
      },
      { seed: 1, baseDirectory: '/nowhere' },
    );
    const { code, message } = await refusal(promise);
    expect(code).toBe('data/file-not-found');
    expect(message).toContain(
      '/nowhere/no/such.tsv: must exist, got nothing. A relative path starts from the folder of the config.',
    );
  });

  test('a folder', async () => {
    const promise = openDataset(
      { format: 'criteo', path: '.', ids: { kind: 'vocabulary' }, split: { by: 'last', test: 0.5 } },
      { seed: 1 },
    );
    const { code, message } = await refusal(promise);
    expect(code).toBe('data/unreadable-file');
    expect(message).toContain('must be a file, got a folder');
  });

  test.each([
    { name: 'nothing', content: '' },
    { name: 'nothing, packed', content: gzipped('') },
  ])('a file of $name', async ({ content }) => {
    const { code, message } = await refusal(open(content));
    expect(code).toBe('data/empty-file');
    expect(message).toContain('must hold at least one row, got 0');
  });

  test('gzip that ends too early', async () => {
    const { code, message } = await refusal(open(gzipped(text).subarray(0, 60)));
    expect(code).toBe('data/truncated-gzip');
    expect(message).toContain('must be a whole gzip file');
  });

  test('gzip with a damaged middle', async () => {
    const bytes = gzipped(text);
    bytes.fill(0xff, 20, 40);
    const { code, message } = await refusal(open(bytes));
    expect(code).toBe('data/corrupt-gzip');
    expect(message).toContain('must be a sound gzip file, got Z_');
  });
});

describe('bad lines', () => {
  const good = lineOf();
  test.each([
    { name: 'label', at: LABEL, value: '2', column: '1 (label)', rule: 'must be 0 or 1' },
    { name: 'integer', at: I1 + 4, value: '3.5', column: '6 (I5)', rule: 'must be empty or an integer' },
    { name: 'lone minus', at: I1, value: '-', column: '2 (I1)', rule: 'must be empty or an integer' },
    { name: 'huge integer', at: I1, value: '1'.repeat(16), column: '2 (I1)', rule: 'at most 15 digits' },
    {
      name: 'category',
      at: C1 + 2,
      value: 'xyz',
      column: '17 (C3)',
      rule: 'must be empty or 8 hexadecimal digits',
    },
    { name: 'short category', at: C26, value: 'abc', column: '40 (C26)', rule: '8 hexadecimal digits' },
    { name: 'long category', at: C26, value: '123456789', column: '40 (C26)', rule: '8 hexadecimal digits' },
  ])('a bad $name names file, line, column and value', async ({ at, value, column, rule }) => {
    const { code, message } = await refusal(open([good, lineOf({ [at]: value }), good].join('\n')));
    expect(code).toBe('data/malformed-line');
    expect(message).toMatch(/\.tsv, line 2, column /);
    expect(message).toContain(`column ${column}: `);
    expect(message).toContain(rule);
    expect(message).toContain(`got ${/^[\d.]+$/.test(value) ? `"${value}"` : value}.`);
  });

  test.each([
    { name: 'too few', line: fieldsOf().slice(1).join('\t'), got: 39 },
    { name: 'too many', line: `${good}\t`, got: 41 },
    { name: 'none', line: '', got: 1 },
  ])('$name columns', async ({ line, got }) => {
    const { code, message } = await refusal(open([good, line, good].join('\n')));
    expect(code).toBe('data/wrong-column-count');
    expect(message).toContain(`, line 2: a line must have 40 tab-separated columns, got ${got}`);
  });

  test('skip leaves them out, counts all and keeps the first ten places', async () => {
    const lines = Array.from({ length: 30 }, (_, i) =>
      i % 2 === 0
        ? lineOf({ [LABEL]: String(i % 4 === 0 ? 1 : 0), [I1]: String(i) })
        : lineOf({ [LABEL]: 'x' }),
    );
    const dataset = await open(lines.join('\n'), { onBadLine: 'skip' });
    expect(dataset.report.rowsRead).toBe(15);
    expect(dataset.report.badLines.count).toBe(15);
    expect(dataset.report.badLines.first.map(({ line }) => line)).toEqual([
      2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
    ]);
    expect(dataset.report.badLines.first[0]).toMatchObject({ column: '1 (label)', got: 'x' });
    expect((await readRows(dataset)).map((row) => row.dense[0])).toEqual(
      Array.from({ length: 15 }, (_, i) => Math.fround(Math.log1p(2 * i))),
    );
  });

  test('a file of nothing else says so, not that it is empty', async () => {
    const text = [lineOf({ [LABEL]: 'x' }), 'b', 'c', ''].join('\n');
    const { code, message } = await refusal(open(text, { onBadLine: 'skip' }));
    expect(code).toBe('data/no-usable-rows');
    expect(message).toContain(
      '.tsv: must hold at least one usable row, got 3 lines, all of which were skipped.',
    );
    expect(message).toContain('The first: line 1, column 1 (label): must be 0 or 1, got "x".');
  });
});

test('the batches of a dataset refuse impossible options', async () => {
  const dataset = await open([lineOf(), positive].join('\n'));
  const { code, message } = await refusal(batchesOf(dataset, { split: 'train', batchSize: 0 }));
  expect(code).toBe('data/bad-batch-options');
  expect(message).toContain('batchSize: must be an integer of at least 1, got 0');
  expect(
    (await refusal(batchesOf(dataset, { split: 'train', batchSize: 1, skipBatches: -1 }))).message,
  ).toContain('skipBatches');
  expect((await refusal(batchesOf(dataset, { split: 'train', batchSize: 1, epoch: 0.5 }))).message).toContain(
    'epoch',
  );
});

test('labels of one class leave nothing to learn', async () => {
  for (const [label, positives] of [
    ['0', 0],
    ['1', 3],
  ] as const) {
    const line = lineOf({ [LABEL]: label });
    const { code, message } = await refusal(open([line, line, line].join('\n')));
    expect(code).toBe('data/one-class');
    expect(message).toContain(
      `column 1 (label): must make some training rows positive and others not, got ${positives} positive of 3 rows.`,
    );
  }
});
