import { bytesSource } from '@ttrec/tensor-files';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../src/zip/crc32.ts';
import { readEntry } from '../src/zip/read-entry.ts';
import { writeZip } from '../src/zip/write-zip.ts';
import { readZipDirectory } from '../src/zip/zip-directory.ts';
import { zip, type Part } from './hand-made-zip.ts';
import { refusal } from './refusal.ts';

async function contents(file: Uint8Array): Promise<Record<string, string>> {
  const source = bytesSource(file, 'w.zip');
  const entries = await readZipDirectory(source);
  const read = async (name: string) => Buffer.from(await readEntry(source, entries.get(name)!)).toString();
  const pairs = [...entries.keys()].map(async (name): Promise<[string, string]> => [name, await read(name)]);
  return Object.fromEntries(await Promise.all(pairs));
}

const hello = { name: 'hello', data: Buffer.from('hello hello hello') };
const empty = { name: 'empty', data: Buffer.alloc(0) };

test('the known checksum, in one piece and in two', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  expect(crc32(Buffer.from('56789'), crc32(Buffer.from('1234')))).toBe(0xcbf43926);
});

test('stored and deflated files, in a file made by hand', async () => {
  const expected = { hello: 'hello hello hello', empty: '' };
  expect(await contents(zip([hello, empty]))).toEqual(expected);
  expect(await contents(zip([{ ...hello, method: 8 }, empty]))).toEqual(expected);
  expect(await contents(zip([{ ...hello, wide: true }, empty]))).toEqual(expected);
  expect(await contents(zip([]))).toEqual({});
});

test('what is written here begins at multiples of 64, and is the same each time', async () => {
  const write = async () => {
    const chunks: Uint8Array[] = [];
    const files = [hello, empty].map(({ name, data }) => ({ name, bytes: data.length, data: () => data }));
    for await (const chunk of writeZip(files)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const file = await write();
  expect(file.indexOf('hello hello') % 64).toBe(0);
  expect(await contents(file)).toEqual({ hello: 'hello hello hello', empty: '' });
  expect(await write()).toEqual(file);
});

describe('refuses', () => {
  const h = (change: Partial<Part>) => [{ ...hello, ...change }];
  test.each<[string, string[], Uint8Array]>([
    ['not-zip', [], new Uint8Array(100)],
    ['not-zip', [], zip([hello]).subarray(0, -1)],
    ['not-zip', [], new Uint8Array([...zip([hello]), 0])],
    ['zip-directory', ['must end at byte'], zip([hello], { offset: 0 })],
    ['zip-directory', ['must end at byte'], zip([hello], { bytes: 0 })],
    ['zip-directory', ['other bytes'], zip([hello], { offset: 10, bytes: 93 })],
    ['zip-directory', ['must have 3 entries', 'got 1'], zip([hello], { entries: 3 })],
    ['zip-unsupported', ['disk 0'], zip([hello], { disk: 1 })],
    ['zip-unsupported', ['"hello"', 'encrypted'], zip(h({ flags: 1 }))],
    ['zip-unsupported', ['method 12'], zip(h({ method: 12 }))],
    ['zip-directory', ['UTF-8'], zip(h({ name: '' }))],
    ['duplicate-name', ['"hello" twice'], zip([hello, hello])],
    ['zip-overlap', ['"hello"', 'before'], zip([hello, { ...hello, name: 'again', offset: 0 }])],
    ['zip-overlap', [], zip(h({ compressedBytes: 1000, bytes: 1000 }))],
    ['zip-overlap', [], zip(h({ offset: 2 ** 31 }))],
    ['zip-size', ['as long', 'got 5'], zip(h({ bytes: 5 }))],
    ['zip-size', ['inflate to 5 bytes', 'got more'], zip(h({ method: 8, bytes: 5 }))],
    ['zip-size', ['inflate to 99 bytes', 'got 17'], zip(h({ method: 8, bytes: 99 }))],
    ['zip-bomb', ['100 times', 'got 4294967294'], zip(h({ method: 8, bytes: 2 ** 32 - 2 }))],
    ['zip-directory', ['64-bit size'], zip(h({ bytes: 2 ** 32 - 1 }))],
    ['zip-checksum', ['CRC-32 must be 1'], zip(h({ crc32: 1 }))],
    ['zip-entry', ['name and method'], zip(h({ localName: 'hellO' }))],
    ['zip-entry', ['name and method'], zip(h({ localName: 'hello!' }))],
    ['zip-entry', ['at byte 5'], zip([{ ...hello, offset: 5, compressedBytes: 1, bytes: 1 }])],
  ])('%s %j', async (code, words, file) => {
    await expect(contents(file)).rejects.toEqual(refusal(code, 'w.zip', ...words));
  });

  test('a stream that is not DEFLATE, and a local header whose extra field reaches into the next part', async () => {
    const file = zip(h({ method: 8 }));
    file.fill(0xff, 35, 40);
    await expect(contents(file)).rejects.toEqual(refusal('zip-inflate', 'DEFLATE'));
    const long = zip([hello]);
    long[28] = 200;
    await expect(contents(long)).rejects.toEqual(refusal('zip-overlap', 'before 52'));
  });
});
