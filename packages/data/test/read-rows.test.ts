import { gzipSync } from 'node:zlib';
import { openDataset } from '@ttrec/data';
import { createEncoder, type RawRow } from '@ttrec/data/encoding';
import { readRows, type ReadRowsOptions, type RowFile } from '@ttrec/data/rows';
import { describe, expect, test } from 'vitest';
import { readRows as rowsOfDataset, refusal } from './batches.ts';
import { fileOf } from './files.ts';

async function read(
  file: Omit<RowFile, 'path'> & { path?: string },
  content: string | Uint8Array,
  options?: ReadRowsOptions,
) {
  const blocks = readRows({ path: fileOf(content, file.format), ...file }, options);
  const rows: RawRow[] = [];
  const lines: number[] = [];
  for await (const block of blocks) {
    rows.push(...block.rows.map((row) => ({ ...row })));
    lines.push(...block.lines);
  }
  return { rows, lines, badLines: blocks.badLines };
}

const csv = 'user,age\nu1,31\n\n"a ""b"",\nc",\nu3\nu4,x\n';
const json =
  '\ufeff{"user":"u1","age":31}\n\n{"user":"a \\"b\\",\\nc","age":null}\n[1]\n{"user":"u4","age":"x"}\n{bad\n{"age":{}}';

describe('readRows gives raw values with the lines where they start:', () => {
  test('csv, with bad lines counted', async () => {
    const { rows, lines, badLines } = await read({ format: 'csv', onBadLine: 'skip' }, csv);
    expect(rows).toEqual([
      { user: 'u1', age: '31' },
      { user: 'a "b",\nc', age: '' },
      { user: 'u4', age: 'x' },
    ]);
    expect(lines).toEqual([2, 4, 7]);
    expect(badLines).toMatchObject({ count: 1, first: [{ line: 6, got: 1 }] });
  });

  test('jsonl, with bad lines counted', async () => {
    const { rows, lines, badLines } = await read({ format: 'jsonl', onBadLine: 'skip' }, json);
    expect(rows).toEqual([
      { user: 'u1', age: 31 },
      { user: 'a "b",\nc', age: null },
      { user: 'u4', age: 'x' },
    ]);
    expect(lines).toEqual([1, 3, 5]);
    expect(badLines.first).toMatchObject([
      { line: 4, rule: 'a line must be a JSON object', got: '[1]' },
      { line: 6, got: '{bad' },
      { line: 7, column: 'age', got: '{}' },
    ]);
  });

  test.each([
    ['{"user":"a","user":"b"}', 'must have each key once', '"user" twice'],
    ['{"user":"a","__proto__":{"age":1}}', 'must not use a key that JavaScript reserves', '"__proto__"'],
    [
      `{"user":${'['.repeat(200)}${']'.repeat(200)}}`,
      'must nest values at most 100 levels deep',
      'more levels',
    ],
  ])('jsonl: what JavaScript would lose of a line makes it bad: %s', async (line, rule, got) => {
    const { rows, badLines } = await read(
      { format: 'jsonl', onBadLine: 'skip' },
      `${line}\n{"user":"c","age":1}`,
    );
    expect(rows).toEqual([{ user: 'c', age: 1 }]);
    expect(badLines.first).toMatchObject([{ line: 1, rule, got }]);
  });

  test('some columns; those that an object lacks are null, those that a header lacks an error', async () => {
    const columns = ['age', 'tags'];
    const { rows } = await read({ format: 'jsonl' }, '{"age":1}\n{"tags":["a","b"]}', { columns });
    expect(rows).toEqual([
      { age: 1, tags: null },
      { age: null, tags: ['a', 'b'] },
    ]);
    const { code, message } = await refusal(read({ format: 'csv' }, csv, { columns }));
    expect(code).toBe('data/unknown-column');
    expect(message).toContain('tags');
  });

  test('integers that no double holds are the text of their digits, in strings nothing changes', async () => {
    const text =
      '{"id":9007199254740993,"list":[-12345678901234567890,1e300],"s":"9007199254740993 \\"9007199254740993"}';
    const { rows } = await read({ format: 'jsonl' }, text);
    expect(rows).toEqual([
      {
        id: '9007199254740993',
        list: ['-12345678901234567890', 1e300],
        s: '9007199254740993 "9007199254740993',
      },
    ]);
  });

  test.each(['csv', 'jsonl'] as const)(
    '%s: bytes handed in, in any pieces, plain or gzip',
    async (format) => {
      const bytes = Buffer.from(format === 'csv' ? csv : json);
      const whole = await read({ format, onBadLine: 'skip' }, bytes);
      for (const packed of [bytes, gzipSync(bytes)]) {
        const pieces = (async function* () {
          for (const byte of packed) yield await Promise.resolve(Uint8Array.of(byte));
        })();
        expect(
          (await read({ format, onBadLine: 'skip', path: 'stdin' }, '', { bytes: pieces })).rows,
        ).toEqual(whole.rows);
      }
      const none = (async function* () {})();
      expect((await refusal(read({ format, path: 'stdin' }, '', { bytes: none }))).message).toContain(
        'stdin',
      );
    },
  );

  test('and ends at the first bad line otherwise', async () => {
    expect((await refusal(read({ format: 'csv' }, csv))).message).toMatch(
      /line 6: a line must have 2 columns/,
    );
    expect((await refusal(read({ format: 'jsonl' }, json))).message).toMatch(
      /line 4: a line must be a JSON object/,
    );
    const invalid = Buffer.from('user,age\n\xff,1\n', 'latin1');
    expect((await refusal(read({ format: 'csv' }, invalid))).message).toMatch(
      /line 2, column 1 \(user\): must be UTF-8/,
    );
  });

  test('other formats are named', async () => {
    expect((await refusal(read({ format: 'jsonl' }, csv))).message).toMatch(
      /must be JSON lines, got text that does not start with \{/,
    );
    expect((await refusal(read({ format: 'csv' }, json))).message).toMatch(
      /got JSON lines.*"format": "jsonl"/,
    );
  });
});

test('only what was read is held: a caller that stops has taken one piece of the file', async () => {
  let taken = 0;
  const endless = (async function* () {
    yield Buffer.from('user,age\n');
    for (;;) {
      taken++;
      yield await Promise.resolve(Buffer.from('u1,31\n'.repeat(50_000)));
    }
  })();
  for await (const { rows } of readRows({ format: 'csv', path: 'stdin' }, { bytes: endless })) {
    expect(rows.length).toBeLessThan(50_000);
    break;
  }
  expect(taken).toBeLessThan(5);
});

test('the rows of a file are encoded to the ids and numbers that training had', async () => {
  const text = `y,user,age,tags\n${Array.from({ length: 50 }, (_, i) => `${i % 2},u${i % 7},${i / 4},${'ab|c|'.repeat(i % 3)}`).join('\n')}`;
  const dataset = await openDataset({
    format: 'csv',
    path: fileOf(text, 'csv'),
    label: { column: 'y', equals: '1' },
    dense: [{ column: 'age', transform: 'standardise' }],
    features: [{ column: 'user' }, { column: 'tags', separator: '|' }],
    split: { by: 'random', test: 0 },
  });
  const { rows } = await read({ format: 'csv' }, text, { columns: ['user', 'age', 'tags'] });
  const encoded = createEncoder(dataset.encoding!).encode(rows);
  const trained = await rowsOfDataset(dataset);
  expect(Array.from(encoded.dense)).toEqual(trained.flatMap(({ dense }) => dense));
  expect(Array.from(encoded.features[0]!.indices)).toEqual(trained.map(({ ids }) => ids[0]![0]));
  expect(Array.from(encoded.features[1]!.indices)).toEqual(trained.flatMap(({ ids }) => ids[1]!));
});
