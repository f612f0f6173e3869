import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadableStream as NodeStream } from 'node:stream/web';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { openDataset, sampleCsv, type DataConfig, type Dataset } from '@ttrec/data';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ttrec-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A stream of these chunks. The types of a page's streams have no `from`. */
function streamOf(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  return NodeStream.from(chunks) as ReadableStream<Uint8Array<ArrayBuffer>>;
}

const lines = Array.from(
  { length: 300 },
  (_, i) => `${i % 3 === 0 ? 1 : 0},${i / 7},user-${i % 40},"a, ""b"" ${i % 5}"`,
);
const text = ['clicked,age,user,page', ...lines].join('\n');
const config = {
  format: 'csv',
  path: 'clicks.csv',
  label: { column: 'clicked', equals: '1' },
  dense: [{ column: 'age', transform: 'standardise' }],
  features: [{ column: 'user' }, { column: 'page' }],
  split: { by: 'random', test: 0.2 },
} as const satisfies DataConfig;

async function allOf(dataset: Dataset): Promise<unknown> {
  const batches = [];
  for (const split of ['train', 'test'] as const) {
    for await (const batch of dataset.batches({ split, batchSize: 64 })) batches.push(batch);
  }
  return { batches, schema: dataset.schema, encoding: dataset.encoding, rows: dataset.rows };
}

function open(part: string | Uint8Array<ArrayBuffer>): Promise<Dataset> {
  return openDataset(config, { seed: 3, files: { 'clicks.csv': new Blob([part]) } });
}

describe('files that are not on a disk', () => {
  test.each([
    ['plain', text],
    ['gzip', gzipSync(text)],
  ])('%s: the same batches as from the file system', async (_, bytes) => {
    writeFileSync(join(folder, 'clicks.csv'), text);
    const onDisk = await openDataset(config, { seed: 3, baseDirectory: folder });
    expect(await allOf(await open(bytes))).toEqual(await allOf(onDisk));
  });

  test('a Brotli archive is refused by name', async () => {
    const path = 'clicks.csv.br';
    const given = { ...config, path };
    await expect(
      openDataset(given, { files: { [path]: new Blob([brotliCompressSync(text)]) } }),
    ).rejects.toMatchObject({
      code: 'data/unsupported-packing',
      message:
        '[data] clicks.csv.br: must be plain or gzip: Brotli is unpacked only in Node, from a path, got a Brotli archive. Unpack it first (brotli -d).',
    });
    const { digest } = await openDataset(given, { seed: 3, files: { [path]: new Blob([gzipSync(text)]) } });
    expect(digest).toBe((await open(text)).digest);
  });

  test('a joined file is found by its path', async () => {
    const joined = { ...config, join: [{ path: 'users.csv', on: 'user', columns: ['country'] }] };
    const users = new Blob(['user,country\nuser-1,fr\nuser-2,de\n']);
    const features = [...config.features, { column: 'country' }];
    const files = { 'clicks.csv': new Blob([text]), 'users.csv': users };
    const { schema, report } = await openDataset({ ...joined, features }, { seed: 3, files });
    expect(schema.features.map(({ name }) => name)).toEqual(['user', 'page', 'country']);
    expect(report.unmatched['users.csv']).toBeGreaterThan(0);
  });

  test('a chunk may end anywhere', async () => {
    const bytes = new TextEncoder().encode(text);
    const inBytes = {
      size: bytes.length,
      stream: () => streamOf([...bytes].map((byte) => Uint8Array.of(byte))),
    };
    const dataset = await openDataset(config, { seed: 3, files: { 'clicks.csv': inBytes } });
    expect(await allOf(dataset)).toEqual(await allOf(await open(text)));
  });

  test('a bad line is named', async () => {
    const broken = text.replace('user-7,', 'user-7,one too many,');
    await expect(open(broken)).rejects.toMatchObject({
      code: 'data/wrong-column-count',
      message: expect.stringMatching(
        /clicks\.csv, line 9: a line must have 4 columns, like the header, got 5\./,
      ),
    });
  });

  test('so is a quote that never closes', async () => {
    await expect(open('clicked,age,user,page\n1,2,"x,y\n')).rejects.toMatchObject({
      code: 'data/malformed-csv',
      message: expect.stringMatching(/clicks\.csv, line 2/),
    });
  });

  test.each([
    ['empty-file', new Blob([])],
    ['corrupt-gzip', new Blob([gzipSync(text).subarray(0, 200)])],
    ['corrupt-gzip', new Blob([Uint8Array.of(0x1f, 0x8b, 1, 2, 3)])],
  ])('%s', async (rule, file) => {
    const opened = openDataset(config, { seed: 3, files: { 'clicks.csv': file } });
    await expect(opened).rejects.toMatchObject({ code: `data/${rule}` });
  });

  test('one that was not given is not looked for on the disk', async () => {
    writeFileSync(join(folder, 'clicks.csv'), text);
    const opened = openDataset(config, {
      seed: 3,
      baseDirectory: folder,
      files: { 'other.csv': new Blob([text]) },
    });
    await expect(opened).rejects.toMatchObject({
      code: 'data/file-not-found',
      message: expect.stringContaining('There are other.csv'),
    });
  });

  test('a Criteo log is refused', async () => {
    const criteo = {
      format: 'criteo',
      path: 'x',
      ids: { kind: 'hash', buckets: 10 },
      split: { by: 'last', test: 0.1 },
    } as const;
    await expect(openDataset(criteo, { seed: 1, files: {} })).rejects.toMatchObject({
      code: 'data/unsupported-files',
    });
  });
});

describe('sampleCsv', () => {
  test('gives the header and the first records', async () => {
    const sample = await sampleCsv({ name: 'clicks.csv', bytes: new Blob([text]) }, { records: 2 });
    expect(sample).toEqual({
      header: ['clicked', 'age', 'user', 'page'],
      records: [
        ['1', '0', 'user-0', 'a, "b" 0'],
        ['0', String(1 / 7), 'user-1', 'a, "b" 1'],
      ],
    });
  });

  test('does not read on once it has enough', async () => {
    const encoder = new TextEncoder();
    const chunks = ['a,b\n1,2\n', ...new Array<string>(50).fill('3,4\n'), '"never closed'];
    let read = 0;
    const source = (function* () {
      for (const chunk of chunks) {
        read++;
        yield encoder.encode(chunk);
      }
    })();
    const streams = [streamOf([encoder.encode('a,b\n')]), streamOf(source)];
    const bytes = { size: 100, stream: () => streams.shift()! };
    const { records } = await sampleCsv({ name: 'x.csv', bytes }, { records: 1 });
    expect(records).toEqual([['1', '2']]);
    // Streams between may have asked for a few more chunks than were handed out.
    expect(read).toBeLessThan(5);
  });

  test('leaves out what does not fit the header, which opening tells of', async () => {
    const { records } = await sampleCsv({ name: 'x.csv', bytes: new Blob(['a,b\n1,2\n3\n4,5\n']) });
    expect(records).toEqual([
      ['1', '2'],
      ['4', '5'],
    ]);
  });

  test('names the line of a quote that never closes', async () => {
    const sample = sampleCsv({ name: 'x.csv', bytes: new Blob(['a,b\n1,2\n3,"4\n']) });
    await expect(sample).rejects.toMatchObject({
      code: 'data/malformed-csv',
      message: expect.stringContaining('x.csv, line 3'),
    });
  });
});
