import { JsonLinesWriter, readJsonLines, truncateJsonLines } from '@ttrec/training/checkpoints';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { fillDiskAfter } from '@ttrec/test-support';
import { refusal } from '@ttrec/test-support';
import { temporaryFolder } from '@ttrec/test-support';

let path: string;
beforeEach(async () => {
  path = join(await temporaryFolder(), 'metrics.jsonl');
});

async function records(): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const record of readJsonLines(path)) all.push(record);
  return all;
}

const stepOf = (record: unknown): number => (record as { step: number }).step;

test('records come back in the order in which they were given, also over two openings', async () => {
  const first = await JsonLinesWriter.open(path);
  await Promise.all(Array.from({ length: 50 }, (_, step) => first.append({ step, text: 'é\n' })));
  await first.close();
  const second = await JsonLinesWriter.open(path);
  await second.append({ step: 50 });
  expect((await records()).map(stepOf)).toEqual(Array.from({ length: 51 }, (_, step) => step));
  await second.sync();
  await second.close();
});

test('a torn last line is no record, even if it parses, and the next one does not run into it', async () => {
  await writeFile(path, '{"step":1}\n12');
  expect(await records()).toEqual([{ step: 1 }]);
  const writer = await JsonLinesWriter.open(path);
  await writer.append({ step: 2 });
  await writer.close();
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n{"step":2}\n');
});

test('a line torn inside a character is cut at its first byte', async () => {
  await writeFile(path, Buffer.concat([Buffer.from('{"é":1}\n{"'), Buffer.from('é').subarray(0, 1)]));
  await (await JsonLinesWriter.open(path)).close();
  expect(await readFile(path, 'utf8')).toBe('{"é":1}\n');
});

test('truncating keeps the leading records byte for byte and drops the rest', async () => {
  await writeFile(path, '{"step": 1}\n{"step":2 }\n{"step":3}\n{"step":1}\n{"ste');
  expect(await truncateJsonLines(path, (record) => stepOf(record) <= 2)).toEqual({ kept: 2 });
  expect(await readFile(path, 'utf8')).toBe('{"step": 1}\n{"step":2 }\n');
  expect(await truncateJsonLines(path, () => false)).toEqual({ kept: 0 });
  expect(await readFile(path, 'utf8')).toBe('');
});

test('lines longer than one read of the disk are put together', async () => {
  const long = { text: 'x'.repeat(200_000) };
  await writeFile(path, `${JSON.stringify(long)}\n`.repeat(3));
  expect(await records()).toEqual([long, long, long]);
});

test('a predicate that throws, or a bad line in the middle, leaves the file as it was', async () => {
  const content = '{"step":1}\noops\n{"step":3}\n';
  await writeFile(path, content);
  const bad = refusal(
    'training/bad-json-line',
    `${path}: line 2`,
    'must be JSON, got a syntax error',
    'oops',
  );
  await expect(truncateJsonLines(path, () => true)).rejects.toEqual(bad);
  await expect(records()).rejects.toEqual(bad);
  const own = new Error('own');
  await expect(
    truncateJsonLines(path, () => {
      throw own;
    }),
  ).rejects.toBe(own);
  expect(await readFile(path, 'utf8')).toBe(content);
  expect(await readdir(dirname(path))).toEqual(['metrics.jsonl']);
});

test('refuses records that JSON cannot hold, and goes on after them', async () => {
  const writer = await JsonLinesWriter.open(path);
  await expect(writer.append({ loss: NaN })).rejects.toEqual(
    refusal('tensor-files/not-json', path, '"loss"', 'got NaN'),
  );
  await writer.append({ loss: 1 });
  await writer.close();
  expect(await records()).toEqual([{ loss: 1 }]);
  await expect(writer.append({ loss: 2 })).rejects.toEqual(refusal('tensor-files/cannot-write', path));
});

test('a file that is missing', async () => {
  await expect(records()).rejects.toEqual(refusal('tensor-files/missing-file', path));
  await expect(truncateJsonLines(path, () => true)).rejects.toEqual(
    refusal('tensor-files/missing-file', path),
  );
  const elsewhere = join(path, 'metrics.jsonl');
  await expect(JsonLinesWriter.open(elsewhere)).rejects.toEqual(
    refusal('tensor-files/cannot-write', elsewhere, 'ENOENT'),
  );
});

test('after a failed write every record is refused, so that none runs into half a line', async () => {
  const writer = await JsonLinesWriter.open(path);
  await writer.append({ step: 1 });
  await fillDiskAfter(3);
  const full = refusal('tensor-files/cannot-write', path, 'got ENOSPC');
  await expect(writer.append({ step: 2 })).rejects.toEqual(full);
  vi.restoreAllMocks();
  await expect(writer.append({ step: 3 })).rejects.toEqual(full);
  await expect(writer.close()).rejects.toEqual(full);
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n{"s');
  expect(await records()).toEqual([{ step: 1 }]);
});
