import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { openDataset, type DataConfig, type Progress } from '@ttrec/data';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIST, listIn, textIn, type Cells } from '../src/cells/cells.ts';
import { readParquetRecords } from '../src/parquet/read-records.ts';
import { byteReader, type Files } from '../src/read/read-files.ts';
import { refusal } from './batches.ts';
import { fileOf } from './files.ts';

const folder = new URL('parquet/', import.meta.url);
type Texts = Record<string, string | string[]>;

/** All cells as text, lists as lists. */
async function textsIn(path: string, files?: Files): Promise<Texts[]> {
  const rows: Texts[] = [];
  let names: readonly string[] = [];
  const handler = {
    header(header: readonly string[]) {
      names = header;
      return names.keys();
    },
    record({ bytes, starts, ends }: Cells) {
      const cell = (start: number, end: number) =>
        start < end && bytes[start] === LIST ? listIn(bytes, start, end) : textIn(bytes, start, end);
      rows.push(Object.fromEntries(names.map((name, c) => [name, cell(starts[c]!, ends[c]!)])));
    },
    fault(fault: Error) {
      throw fault;
    },
  };
  const reading = { phase: 'read', onProgress: undefined, read: byteReader(files) };
  const pieces = readParquetRecords({ path, files }, handler, reading);
  while ((await pieces.next()).done !== true);
  return rows;
}

describe('files of PyArrow have the values that it wrote, exactly:', () => {
  const expected = JSON.parse(readFileSync(new URL('rows.json', folder), 'utf8')) as Record<
    string,
    string | number | string[]
  >[];

  test.each(['none', 'snappy', 'gzip', 'brotli', 'lz4', 'zstd', 'v2'])('%s', async (name) => {
    const rows = await textsIn(new URL(`pyarrow-${name}.parquet`, folder).pathname);
    const plain = rows.map((row, i) =>
      Object.fromEntries(
        Object.entries(row).map(([column, text]) => {
          const want = expected[i]![column];
          // A null list and an empty one are both without values.
          if (Array.isArray(want) && text === '') return [column, []];
          return [column, typeof want === 'number' ? Number(text) : text];
        }),
      ),
    );
    expect(plain).toEqual(expected);
  });
});

test.each(['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'])(
  'files of DuckDB have the values that it prints: %s',
  async (codec) => {
    const path = fileOf('', 'parquet');
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    const query = `select 9007199254740993 + i as id, if(i % 5 = 0, null, i * 0.25)::DOUBLE as x, (i * 1.01)::DECIMAL(18,4) as d,
      DATE '1999-12-31' + i::INTEGER as day, TIMESTAMP '1969-12-31 23:59:59' + to_milliseconds(i * 1001) as t,
      ['a' || (i % 3), 'é'] as tags, 'v' || (i % 7) as c, i % 2 = 0 as y from range(5000) r(i)`;
    await connection.run(
      `copy (${query}) to '${path}' (format parquet, codec '${codec}', row_group_size 2048)`,
    );
    const printed = await connection.runAndReadAll(
      `select id::VARCHAR id, coalesce(x::VARCHAR, '') x, d::VARCHAR d, day::VARCHAR as day, strftime(t, '%Y-%m-%dT%H:%M:%S.%g') t, tags, c, y::VARCHAR y from (${query})`,
    );
    const rows = await textsIn(path);
    const plain = rows.map((row) => ({
      ...row,
      x: row.x === '' ? '' : String(Number(row.x)),
    }));
    expect(plain).toEqual(
      printed.getRowObjectsJson().map((row) => ({
        ...row,
        x: row.x === '' ? '' : String(Number(row.x)),
        t: `${(row.t as string).replace(/\.?0+$/, '')}Z`,
      })),
    );
  },
);

describe('only what is in use is read:', () => {
  const rows = 50_000;
  const bytes = parquetWriteBuffer({
    rowGroupSize: 10_000,
    columnData: [
      { name: 'y', data: Array.from({ length: rows }, (_, i) => i % 2), type: 'INT32' },
      { name: 'c', data: Array.from({ length: rows }, (_, i) => `v${i % 10}`), type: 'STRING' },
      {
        name: 'wide',
        data: Array.from({ length: rows }, (_, i) => `${Math.imul(i, 2654435761)}-${i * i}`),
        type: 'STRING',
      },
    ],
  });
  const config = {
    format: 'parquet' as const,
    label: { column: 'y', equals: '1' },
    features: [{ column: 'c' }],
    split: { by: 'random' as const, test: 0.2 },
  } satisfies Partial<DataConfig>;
  let requested = 0;
  const server = createServer((request, response) => {
    const [, from, to] = /bytes=(\d+)-(\d+)?/.exec(request.headers.range ?? '') ?? [];
    if (request.method === 'HEAD')
      return response.writeHead(200, { 'content-length': bytes.byteLength }).end();
    const part = Buffer.from(bytes).subarray(Number(from), to === undefined ? undefined : Number(to) + 1);
    requested += part.length;
    return response.writeHead(206, { 'content-length': part.length }).end(part);
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('ranges of an address; columns without a use are never fetched', async () => {
    const { port } = server.address() as AddressInfo;
    const remote = await openDataset({ ...config, path: `http://127.0.0.1:${port}/clicks.parquet` });
    const local = await openDataset({ ...config, path: fileOf(new Uint8Array(bytes), 'parquet') });
    expect(remote.digest).toBe(local.digest);
    expect(requested).toBeLessThan(bytes.byteLength / 3);
    const gone = await refusal(openDataset({ ...config, path: `http://127.0.0.1:${port + 1}/` }));
    expect(gone.code).toBe('data/unreadable-file');
  });

  test('a File of a page', async () => {
    const files = { 'clicks.parquet': new Blob([bytes]) };
    const dataset = await openDataset({ ...config, path: 'clicks.parquet' }, { files });
    expect(dataset.rows.train + dataset.rows.test).toBe(rows);
  });

  test('progress is in rows and bytes', async () => {
    const reports: Progress[] = [];
    const path = fileOf(new Uint8Array(bytes), 'parquet');
    const onProgress = (progress: Progress) => {
      if (progress.phase === 'read') reports.push(progress);
    };
    await openDataset({ ...config, path }, { onProgress });
    expect(reports.map(({ rows: count }) => count)).toEqual([20_000, 40_000, 50_000]);
    for (const { bytesRead, totalBytes } of reports) expect(bytesRead).toBeLessThanOrEqual(totalBytes!);
  });
});

describe('what is no sound Parquet file is refused:', () => {
  const config = (content: string | Uint8Array) =>
    ({
      format: 'parquet',
      path: fileOf(content, 'parquet'),
      label: { column: 'y', equals: 'true' },
      features: [{ column: 'text' }],
      split: { by: 'random', test: 0 },
    }) as DataConfig;
  const sound = readFileSync(new URL('pyarrow-snappy.parquet', folder));

  test.each([
    ['CSV', Buffer.from('y,text\n1,a\n'), 'data/wrong-format', 'got text. Set "format": "csv"'],
    ['JSON lines', Buffer.from('{"y":1}\n'), 'data/wrong-format', 'got JSON lines'],
    ['gzip of it', gzipSync(sound), 'data/wrong-format', 'got gzip. Unpack it first.'],
    ['a part of it', sound.subarray(0, 5000), 'data/malformed-parquet', 'must be a sound Parquet file'],
    ['nothing', Buffer.of(), 'data/empty-file', 'must hold at least one row'],
  ])('%s', async (_, content, code, words) => {
    const refused = await refusal(openDataset(config(content)));
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(words);
  });

  test('bytes changed in the middle: an error with a code, or other values', async () => {
    for (let at = 10; at < sound.length; at += 97) {
      const changed = Uint8Array.from(sound);
      changed[at]! ^= 0x55;
      const opened = openDataset(config(changed)).then(
        () => 'opened',
        (cause: unknown) => (cause as { code?: string }).code,
      );
      expect(await opened).toMatch(/^(opened|data\/.*)$/);
    }
  });

  test('a file without rows is empty', async () => {
    const none = parquetWriteBuffer({ columnData: [{ name: 'y', data: [], type: 'INT32' }] });
    expect((await refusal(openDataset(config(new Uint8Array(none))))).code).toBe('data/empty-file');
  });
});
