import {
  bytesSource,
  encodeSafetensors,
  openSharded,
  openShardedFrom,
  openTensors,
  splitIntoShards,
  streamTorch,
  writeFileAtomic,
  writeSharded,
  type Tensor,
} from '@ttrec/tensor-files';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { joined } from './raw-file.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from './temporary-folder.ts';

const tensor = (name: string, length: number): Tensor => ({
  name,
  dtype: 'F32',
  shape: [length, 1],
  data: Float32Array.from({ length }, (_, i) => name.charCodeAt(0) + i),
});
/** 8, 8, 40, 4 and 16 bytes. */
const tensors = [tensor('a', 2), tensor('b', 2), tensor('c', 10), tensor('d', 1), tensor('e', 4)];

test('files are filled in order, and one that is too large has a file to itself', () => {
  const { shards, index } = splitIntoShards(tensors, { maxBytes: 20, name: 'w' });
  expect(shards.map(({ file, tensors: own }) => [file, own.map(({ name }) => name).join('')])).toEqual([
    ['w-00001-of-00003.safetensors', 'ab'],
    ['w-00002-of-00003.safetensors', 'c'],
    ['w-00003-of-00003.safetensors', 'de'],
  ]);
  expect(index.metadata.total_size).toBe(76);
  expect(index.weight_map['d']).toBe('w-00003-of-00003.safetensors');
  expect(splitIntoShards([]).index).toEqual({ metadata: { total_size: 0 }, weight_map: {} });
  expect(() => splitIntoShards(tensors, { maxBytes: 0 })).toThrow(refusal('bad-shard-size', 'got 0'));
});

test('written, and read as one model, whole and by rows', async () => {
  const folder = await temporaryFolder();
  const path = await writeSharded(folder, tensors, { maxBytes: 20 });
  expect((await readdir(folder)).sort()).toEqual([
    'model-00001-of-00003.safetensors',
    'model-00002-of-00003.safetensors',
    'model-00003-of-00003.safetensors',
    'model.safetensors.index.json',
  ]);
  const file = await openTensors(path);
  onTestFinished(() => file.close());
  expect([...file.tensors.keys()]).toEqual(['a', 'b', 'c', 'd', 'e']);
  for (const { name, data } of tensors) expect(await file.read(name)).toEqual(data);
  expect(await file.readRows('c', 8, 10)).toEqual(Float32Array.of(107, 108));
  await expect(file.read('f')).rejects.toEqual(refusal('unknown-tensor', path, '"f"'));
  await expect(file.read('d', { dtype: 'F32', shape: [1] })).rejects.toEqual(refusal('tensor-mismatch'));
});

test('any file of tensors is told by its first bytes', async () => {
  const folder = await temporaryFolder();
  await writeFileAtomic(join(folder, 'one'), encodeSafetensors(tensors));
  await writeFileAtomic(join(folder, 'two'), streamTorch(tensors));
  await writeFile(join(folder, 'three'), 'PK');
  for (const name of ['one', 'two']) {
    const file = await openTensors(join(folder, name));
    onTestFinished(() => file.close());
    expect(await file.read('b')).toEqual(tensors[1]!.data);
  }
  await expect(openTensors(join(folder, 'three'))).rejects.toEqual(refusal('truncated-header'));
});

describe('refuses', () => {
  const open = (index: unknown, files: Readonly<Record<string, Uint8Array>> = {}) => {
    const text = typeof index === 'string' ? index : JSON.stringify(index);
    return openShardedFrom(bytesSource(Buffer.from(text), 'w.index.json'), async (file) =>
      bytesSource(files[file]!, file),
    );
  };
  const shard = joined(encodeSafetensors(tensors.slice(0, 2)));
  test.each<[string, string[], unknown]>([
    ['bad-index', ['JSON'], '{'],
    ['bad-index', ['a JSON object'], 'null'],
    ['bad-index', ['weight_map', 'got undefined'], {}],
    ['bad-index', ['weight_map', 'got []'], { weight_map: [] }],
    ['bad-index', ['tensor "a"', 'got 1'], { weight_map: { a: 1 } }],
    ['bad-index', ['beside the index', 'got ../secret'], { weight_map: { a: '../secret' } }],
    ['bad-index', ['got /etc/passwd'], { weight_map: { a: '/etc/passwd' } }],
    ['bad-index', ['got ..'], { weight_map: { a: '..' } }],
    ['bad-index', ['got a\\b'], { weight_map: { a: 'a\\b' } }],
    ['duplicate-name', ['"a" twice'], '{"weight_map":{"a":"x","a":"y"}}'],
    ['index-mismatch', ['s.safetensors', '"b" besides'], { weight_map: { a: 's.safetensors' } }],
    [
      'index-mismatch',
      ['no "c"'],
      { weight_map: { a: 's.safetensors', b: 's.safetensors', c: 's.safetensors' } },
    ],
  ])('%s %j', async (code, words, index) => {
    await expect(open(index, { 's.safetensors': shard })).rejects.toEqual(
      refusal(code, 'w.index.json', ...words),
    );
  });

  test('a file that is not there, or damaged', async () => {
    const folder = await temporaryFolder();
    const path = await writeSharded(folder, tensors, { maxBytes: 20 });
    const last = join(folder, 'model-00003-of-00003.safetensors');
    await writeFile(last, (await readFile(last)).subarray(0, -1));
    await expect(openSharded(path)).rejects.toEqual(refusal('truncated-data', last));
    await rm(last);
    await expect(openSharded(path)).rejects.toEqual(refusal('missing-file', last));
  });
});
