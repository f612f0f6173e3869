import { truncateSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { openDataset } from '@ttrec/data';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { linePart } from '../src/parts/line-parts.ts';
import { readBytes } from '../src/read/read-bytes.ts';
import { refusal } from './batches.ts';
import { fileOf } from './files.ts';

const lines = Array.from({ length: 3000 }, (_, i) => `u${i % 70},${i},${i % 2}`);
const text = ['user,price,click', ...lines].join('\n');
const open = (content: string | Uint8Array, ending = 'csv') =>
  openDataset({
    format: 'csv',
    path: fileOf(content, ending),
    label: { column: 'click', equals: '1' },
    dense: [{ column: 'price' }],
    features: [{ column: 'user' }],
    split: { by: 'last', test: 0.1 },
  });

const hasZstd = 'zstdCompressSync' in zlib;
const packings = [
  { name: 'gzip', pack: zlib.gzipSync, ending: 'csv', isThere: true },
  { name: 'brotli', pack: zlib.brotliCompressSync, ending: 'csv.br', isThere: true },
  { name: 'zstd', pack: hasZstd ? zlib.zstdCompressSync : zlib.gzipSync, ending: 'csv', isThere: hasZstd },
];

afterEach(() => {
  vi.unstubAllGlobals();
});

describe.each(packings.filter(({ isThere }) => isThere))('$name', ({ name, pack, ending }) => {
  test('is read as what it packs', async () => {
    const { digest } = await open(text);
    expect((await open(pack(text), ending)).digest).toBe(digest);
  });

  test('that ends too early, or is damaged, is an error', async () => {
    const packed = pack(text);
    const cut = await refusal(open(packed.subarray(0, packed.length - 100), ending));
    expect(cut.code).toBe(`data/truncated-${name}`);
    expect(cut.message).toContain(`must be a whole ${name} file, got one that ends too early.`);
    const damaged = await refusal(
      open(Buffer.concat([packed.subarray(0, 8), Buffer.alloc(99, 0xff)]), ending),
    );
    expect(damaged.code).toBe(`data/corrupt-${name}`);
    expect(damaged.message).toContain(`must be a sound ${name} file, got `);
  });

  test('of nothing is an empty file', async () => {
    expect((await refusal(open(pack(''), ending))).code).toBe('data/empty-file');
  });
});

test.each(packings.filter(({ name, isThere }) => isThere && name !== 'brotli'))(
  '$name in several pieces is read to its end',
  async ({ pack }) => {
    const pieces = [text.slice(0, 1000), text.slice(1000, 1001), text.slice(1001)].map((piece) =>
      pack(piece),
    );
    expect((await open(Buffer.concat(pieces))).digest).toBe((await open(text)).digest);
  },
);

test.each([1, 512, 10_240, 600_000])('gzip followed by %i zero bytes is read', async (zeros) => {
  const { digest } = await open(text);
  for (const packed of [
    zlib.gzipSync(text),
    Buffer.concat([text.slice(0, 99), text.slice(99)].map((part) => zlib.gzipSync(part))),
  ]) {
    const path = fileOf(Buffer.concat([packed, Buffer.alloc(zeros)]), 'csv');
    const progress = { bytesRead: 0, totalBytes: 0 };
    let read = '';
    for await (const piece of readBytes(path, progress)) read += piece.toString();
    expect(read === text).toBe(true);
    expect(progress.bytesRead).toBe(packed.length + zeros);
    expect((await open(Buffer.concat([packed, Buffer.alloc(zeros)]))).digest).toBe(digest);
  }
});

test('gzip that gets shorter by whole members while it is read is an error', async () => {
  const noise = Buffer.from(
    Array.from({ length: 2_000_000 }, (_, i) => 97 + (Math.imul(i, 2_654_435_761) >>> 28)),
  );
  const member = zlib.gzipSync(noise, { level: 0 });
  const path = fileOf(Buffer.concat([member, member, member]), 'csv');
  const pieces = readBytes(path, { bytesRead: 0, totalBytes: 0 });
  await pieces.next();
  truncateSync(path, 2 * member.length);
  expect((await refusal(restOf(pieces))).code).toBe('data/changed-file');
});

test('a part of a file that gets shorter before it is read is an error', async () => {
  const path = fileOf('u1,1,1\n'.repeat(300_000), 'csv');
  const workers = { rank: 1, size: 2, leastBytes: 1, allgatherv: () => Promise.resolve([]) };
  for (const bytes of [1_500_000, 1000]) {
    const part = await linePart(path, workers);
    truncateSync(path, bytes);
    const { code, message } = await refusal(restOf(part!.read(path, { bytesRead: 0, totalBytes: 0 })));
    expect(code).toBe('data/changed-file');
    expect(message).toMatch(/must not get shorter while it is read, got \d+ of \d+ bytes\.$/);
  }
});

test('a file that gets shorter while it is read is an error, not a file of fewer rows', async () => {
  const path = fileOf('u1,1,1\n'.repeat(300_000), 'csv');
  const progress = { bytesRead: 0, totalBytes: 0 };
  const pieces = readBytes(path, progress);
  await pieces.next();
  truncateSync(path, 1000);
  const { code, message } = await refusal(restOf(pieces));
  expect(code).toBe('data/changed-file');
  expect(message).toMatch(/must not get shorter while it is read, got \d+ of 2100000 bytes\.$/);
});

async function restOf(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of pieces);
}

const modules = process.getBuiltinModule.bind(process);

test('where Node has no Zstandard, the error names it', async () => {
  vi.stubGlobal('process', {
    versions: { node: '20.19.0' },
    getBuiltinModule: (name: string) => (name === 'node:zlib' ? {} : modules(name as 'node:fs')),
  });
  const start = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 1);
  const { code, message } = await refusal(open(start));
  expect(code).toBe('data/unsupported-packing');
  expect(message).toMatch(
    /must be packed as gzip or \.br: Node 20\.19\.0 unpacks no other, got a Zstandard archive\. Unpack it first \(zstd -d\), or use Node 22\.15 or newer\.$/,
  );
});
