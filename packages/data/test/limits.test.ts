import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip, gzipSync } from 'node:zlib';
import { openDataset, readEncoding, type FileLike } from '@ttrec/data';
import { encodingDigest, type Encoding } from '@ttrec/data/encoding';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Dictionary } from '../src/cells/dictionary.ts';
import { LineSplitter } from '../src/read/line-splitter.ts';
import { refusal } from './batches.ts';
import { LABEL, lineOf } from './criteo-lines.ts';
import { defaults, openCsv } from './csv-dataset.ts';
import { bytesOf, saved, valuesOf } from './encodings.ts';
import { fileOf } from './files.ts';

const MEBI = 1024 * 1024;
const criteo = {
  format: 'criteo',
  ids: { kind: 'hash', buckets: 10 },
  split: { by: 'random', test: 0 },
} as const;
const openCriteo = (content: string | Uint8Array, more: object = {}) =>
  openDataset({ ...criteo, path: fileOf(content), ...more }, { seed: 1 });
/** 256 MiB of one byte, as a gzip file. */
function bomb(byte: number): Promise<Buffer> {
  const part = Buffer.alloc(MEBI, byte);
  const parts = Readable.from(Array.from({ length: 256 }, () => part));
  return buffer(parts.pipe(createGzip({ level: 1 })));
}

/** A file that counts what is taken of it: `head`, then `pieces` times the same text. */
function countedFile(head: string, text: string, pieces: number): FileLike & { pulled: number } {
  const encoder = new TextEncoder();
  const piece = encoder.encode(text);
  const file = {
    size: head.length + piece.length * pieces,
    pulled: 0,
    stream() {
      let next = encoder.encode(head);
      let rest = pieces;
      return new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          file.pulled += next.length;
          controller.enqueue(next);
          next = piece;
          if (rest-- === 0) controller.close();
        },
      });
    },
  };
  return file;
}

const openFiles = (file: FileLike, more: object = {}) =>
  openDataset({ ...defaults, path: 'a.csv', ...more }, { seed: 1, files: { 'a.csv': file } });

describe('a line splitter', () => {
  /** Lines, and of long ones their starts in brackets. */
  const linesOf = (chunks: readonly string[], limit: number) => {
    const lines: string[] = [];
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
    const splitter = new LineSplitter(limit, {
      line: (bytes, start, end) => lines.push(text(bytes.subarray(start, end))),
      tooLong: (start) => lines.push(`[${text(start)}]`),
    });
    for (const chunk of chunks) splitter.push(Buffer.from(chunk));
    splitter.finish();
    return lines;
  };

  test('gives the same lines however the bytes are cut', () => {
    const text = 'ab\n\r\nabcde\nabcdef\nabcde\r\n\nabcdefgh\r\nxy';
    const whole = ['ab', '', 'abcde', '[abcde]', 'abcde', '', '[abcde]', 'xy'];
    expect(linesOf([text], 5)).toEqual(whole);
    expect(linesOf(Array.from(text), 5)).toEqual(whole);
    for (let cut = 0; cut <= text.length; cut++) {
      expect(linesOf([text.slice(0, cut), text.slice(cut)], 5)).toEqual(whole);
    }
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('copies a line of n bytes that comes in many chunks 3n times at most, and holds no more than the limit', () => {
    let copied = 0;
    const set = Uint8Array.prototype.set; // oxlint-disable-line typescript/unbound-method -- called on what it was called on
    vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (this: Uint8Array, from, at) {
      copied += from.length;
      set.call(this, from, at);
    });
    const chunk = Buffer.alloc(1000, 97);
    const work = (chunks: number, limit: number) => {
      copied = 0;
      const splitter = new LineSplitter(limit, { line: () => undefined, tooLong: () => undefined });
      for (let i = 0; i < chunks; i++) splitter.push(chunk);
      splitter.finish();
      return copied;
    };
    expect(work(1000, 10_000_000)).toBeLessThanOrEqual(3 * 1_000_000);
    expect(work(4000, 10_000_000)).toBeLessThanOrEqual(3 * 4_000_000);
    expect(work(4000, 10_000)).toBeLessThanOrEqual(3 * 10_002);
  });
});

describe('Criteo:', () => {
  const [good, positive] = [lineOf(), lineOf({ [LABEL]: '1' })];

  test('a line of the limit may be anything else, one byte more is too long, with file and line', async () => {
    const long = (length: number) => refusal(openCriteo(`${good}\n${'x'.repeat(length)}\n${positive}`));
    expect((await long(65_536)).code).toBe('data/wrong-column-count');
    const { code, message } = await long(65_537);
    expect(code).toBe('data/malformed-line');
    expect(message).toMatch(
      /\.txt, line 2: a line must have at most 65536 bytes, got one that starts with xxx/,
    );
    expect(message.length).toBeLessThan(400);
  });

  test('a line of 8 MB is passed over where bad lines are', async () => {
    const dataset = await openCriteo(`${good}\n${'x\t'.repeat(4_000_000)}\n${positive}`, {
      onBadLine: 'skip',
    });
    expect(dataset.rows.train).toBe(2);
    expect(dataset.report.badLines).toMatchObject({ count: 1, first: [{ line: 2 }] });
  });
});

describe('CSV:', () => {
  test.each(['x', 'a,', 'é', '"'])(
    'a record of %j without end is refused, with file and line, after 16 Mi characters',
    async (unit) => {
      const file = countedFile('c,y\na,1\n\n', unit.repeat(MEBI), 1000);
      const { code, message } = await refusal(openFiles(file));
      expect(code).toBe('data/record-too-long');
      expect(message).toContain('a.csv, line 4: a record must have at most 16777216 characters');
      expect(file.pulled).toBeLessThan(50 * MEBI);
    },
  );

  test('many empty lines are no long record', async () => {
    const dataset = await openFiles(countedFile('c,y\na,1\nb,0\n', '\n'.repeat(MEBI), 20));
    expect(dataset.rows.train).toBe(2);
  });

  test('a header has at most 2^20 characters', async () => {
    const header = (length: number) => `y,c,${'n'.repeat(length - 5)}`;
    const rows = '\n1,a,\n0,b,\n';
    expect((await openCsv(header(MEBI) + rows)).rows.train).toBe(2);
    const { code, message } = await refusal(openCsv(header(MEBI + 1) + rows));
    expect(code).toBe('data/record-too-long');
    expect(message).toMatch(/\.csv, line 1: the header must have at most 1048576 characters/);
  });

  test('a cell in use has at most 2^20 characters, and is a bad line beyond; others may be longer', async () => {
    const text = (length: number) => `y,c,n\n1,${'x'.repeat(length)},\n0,a,${'z'.repeat(3 * MEBI)}\n0,b,\n`;
    expect((await openCsv(text(MEBI))).rows.train).toBe(3);
    const { code, message } = await refusal(openCsv(text(MEBI + 1)));
    expect(code).toBe('data/malformed-line');
    expect(message).toMatch(
      /line 2, column 2 \(c\): must have at most 1048576 characters, got xxx.*… \(1048577 characters\)/,
    );
    expect(message.length).toBeLessThan(600);
    const skipped = await openCsv(`${text(MEBI + 1)}1,a,\n`, { onBadLine: 'skip' });
    expect(skipped.rows.train).toBe(3);
    expect(JSON.stringify(skipped.report).length).toBeLessThan(2000);
  });

  test('a table, a multi-valued column, `distinct` and a join hold 2^24 different values: the place is named', () => {
    const dictionary = new Dictionary('table user', 2);
    expect(['a', 'b', 'a'].map((value) => dictionary.codeOf(value))).toEqual([0, 1, 0]);
    expect(() => dictionary.codeOf('c')).toThrow(
      expect.objectContaining({
        code: 'data/too-many-values',
        message: expect.stringContaining('table user: must have at most 2 different values') as string,
      }),
    );
  });
});

describe('256 MiB in a small gzip file are refused at their start:', () => {
  test.each([
    ['zeros', 0],
    ['letters', 97],
  ])('%s', async (_, byte) => {
    const bytes = await bomb(byte);
    const codes = async (open: (content: Uint8Array) => Promise<unknown>) =>
      (await refusal(open(bytes))).code;
    expect(await codes(openCriteo)).toMatch(/^data\/(malformed-line|wrong-format)$/);
    expect(await codes(openCsv)).toMatch(/^data\/(record-too-long|wrong-format)$/);
    expect(await codes((content) => readEncoding(fileOf(content)))).toMatch(
      /^data\/(bad-encoding|wrong-format)$/,
    );
    const file = new Blob([new Uint8Array(bytes)]);
    expect((await refusal(openFiles(file))).code).toMatch(/^data\/(record-too-long|wrong-format)$/);
  });
});

describe('the file of an encoding:', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('a line of more than 16 MiB: refused with file and line, the rest is not decoded', async () => {
    let decoded = 0;
    const decode = TextDecoder.prototype.decode; // oxlint-disable-line typescript/unbound-method -- called on what it was called on
    vi.spyOn(TextDecoder.prototype, 'decode').mockImplementation(function (
      this: InstanceType<typeof TextDecoder>,
      ...args
    ) {
      decoded += (args[0] as Uint8Array | undefined)?.byteLength ?? 0;
      return decode.apply(this, args);
    });
    const { code, message } = await refusal(
      readEncoding(fileOf(gzipSync(`{"a":\n"${'x'.repeat(40 * MEBI)}"`))),
    );
    expect(code).toBe('data/bad-encoding');
    expect(message).toContain('line 1: must be JSON');
    expect(decoded).toBeLessThan(MEBI);
    const long = await refusal(readEncoding(fileOf(gzipSync('['.repeat(17 * MEBI)))));
    expect(long.message).toMatch(/\.txt, line 1: a line must have at most 16777216 bytes/);
  });

  test('a vocabulary of strings has at most 2^24 values', async () => {
    const table = { table: 'c', kind: 'vocabulary', size: 2 ** 24 + 1 };
    const header = { format: 'csv', version: 1, baseRate: 0.5, dense: [], features: [], tables: [table] };
    const { code, message } = await refusal(readEncoding(fileOf(JSON.stringify(header))));
    expect(code).toBe('data/bad-encoding');
    expect(message).toContain('line 1: table c must have at most 16777216 values, got 16777217');
  });

  test('long values take fewer a line, and come back', async () => {
    const values = Array.from({ length: 40 }, (_, i) => '\u0001'.repeat(100_000) + String(i));
    const text = `y,c\n${values.map((value, i) => `${i % 2},${value}`).join('\n')}`;
    const { encoding } = await openCsv(text);
    const read = await saved(encoding);
    expect(valuesOf({ encoding: read })).toEqual(values);
    expect(encodingDigest(read)).toBe(encodingDigest(encoding!));
    expect((await bytesOf(read)).equals(await bytesOf(encoding as Encoding))).toBe(true);
  });
});
