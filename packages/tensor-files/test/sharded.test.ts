import {
  bytesSource,
  encodeSafetensors,
  openSharded,
  openTensors,
  splitIntoShards,
  streamTorch,
  writeFileAtomic,
  writeSharded,
  type Tensor,
  type TensorSource,
} from '@ttrec/tensor-files';
import { openShardedFrom } from '@ttrec/tensor-files/safetensors';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { joined, rawFile } from './raw-file.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from '@ttrec/test-support';

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

test('two tensors of one name, and names that the format keeps, are refused before anything is written', async () => {
  const folder = await temporaryFolder();
  const cases: [string, string, Tensor[]][] = [
    ['duplicate-name', '"a" twice', [...tensors, tensor('a', 1)]],
    ['duplicate-name', '"__proto__" twice', [tensor('__proto__', 1), tensor('__proto__', 2)]],
    ['reserved-name', '__metadata__', [...tensors, tensor('__metadata__', 1)]],
    ['bad-shape', 'tensor "e"', [...tensors.slice(0, 4), { ...tensors[4]!, shape: [-1] }]],
  ];
  for (const [code, words, list] of cases) {
    expect(() => splitIntoShards(list, { maxBytes: 20 })).toThrow(refusal(code, words));
    await expect(writeSharded(folder, list, { maxBytes: 20 })).rejects.toEqual(refusal(code, words));
  }
  expect(await readdir(folder)).toEqual([]);
});

test('options that do not exist are refused with a suggestion, and files of what is no list of tensors', async () => {
  const folder = await temporaryFolder();
  const misspelt = { maxByte: 20 } as object;
  const refused = refusal('unknown-option', 'got maxByte. Did you mean "maxBytes"?');
  expect(() => splitIntoShards(tensors, misspelt)).toThrow(refused);
  await expect(writeSharded(folder, tensors, misspelt)).rejects.toEqual(refused);
  for (const list of [undefined, null, 5, [undefined]] as unknown as Tensor[][]) {
    await expect(writeSharded(folder, list)).rejects.toEqual(refusal('bad-tensor'));
  }
  expect(await readdir(folder)).toEqual([]);
});

test.each(['', '.hidden', '../above', 'a/b', 'a\\b', 'a\0b', 'ä', 'x'.repeat(300)])(
  'no files are named %j',
  async (name) => {
    const folder = await temporaryFolder();
    await expect(writeSharded(folder, tensors, { name })).rejects.toEqual(
      refusal('bad-shard-name', 'A-Z a-z'),
    );
    expect(await readdir(folder)).toEqual([]);
  },
);

test('names that are properties of every object come back', async () => {
  const own = ['__proto__', 'constructor', '0', 'toString'].map((name, i) => tensor(name, i + 1));
  const file = await openTensors(await writeSharded(await temporaryFolder(), own, { maxBytes: 8 }));
  onTestFinished(() => file.close());
  expect([...file.tensors.keys()].sort()).toEqual(own.map(({ name }) => name).sort());
  for (const { name, data } of own) expect(await file.read(name)).toEqual(data);
});

describe('a model written over a former one', () => {
  const changed = tensors.map(({ name, shape, data }): TensorSource => {
    return { name, dtype: 'F32', shape, data: () => Float32Array.from(data as Float32Array, (x) => -x) };
  });

  test('replaces it and its files', async () => {
    const folder = await temporaryFolder();
    for (const maxBytes of [20, 20, 1000]) {
      await writeSharded(folder, tensors, { maxBytes });
      const file = await openTensors(await writeSharded(folder, changed, { maxBytes }));
      expect(await file.read('b')).toEqual(Float32Array.of(-98, -99));
      await file.close();
    }
    expect(await readdir(folder)).toHaveLength(2);
  });

  test('leaves it whole when it fails, at whichever tensor', async () => {
    const folder = await temporaryFolder();
    const path = await writeSharded(folder, tensors, { maxBytes: 20 });
    const before = await readdir(folder);
    for (const failing of ['a', 'c', 'e']) {
      const sources = changed.map((source): TensorSource => {
        if (source.name !== failing) return source;
        return { ...source, dtype: 'F32', data: () => Promise.reject(new Error('lost device')) };
      });
      await expect(writeSharded(folder, sources, { maxBytes: 20 })).rejects.toThrow('lost device');
      expect(await readdir(folder)).toEqual(before);
      const file = await openTensors(path);
      for (const { name, data } of tensors) expect(await file.read(name)).toEqual(data);
      await file.close();
    }
  });
});

test('metadata of all files is kept: what they do not say alike, by file', async () => {
  const shards: Record<string, Uint8Array> = {
    'x.safetensors': joined(
      encodeSafetensors([tensors[0]!], { format: 'pt', part: '1', ['__proto__']: 'p' }),
    ),
    'y.safetensors': joined(encodeSafetensors([tensors[1]!], { format: 'pt', part: '2' })),
  };
  const index = Buffer.from('{"weight_map":{"a":"x.safetensors","b":"y.safetensors"}}');
  const file = await openShardedFrom(bytesSource(index, 'w'), async (name) =>
    bytesSource(shards[name]!, name),
  );
  expect(Object.entries(file.metadata)).toEqual([
    ['format', 'pt'],
    ['x.safetensors: part', '1'],
    ['__proto__', 'p'],
    ['y.safetensors: part', '2'],
  ]);
});

test('a tensor of a dtype that is not read is refused when it is read', async () => {
  const shard = rawFile({ a: { dtype: 'F4', shape: [2], data_offsets: [0, 1] } }, 1);
  const index = Buffer.from('{"weight_map":{"a":"x.safetensors"}}');
  const file = await openShardedFrom(bytesSource(index, 'w'), async (name) => bytesSource(shard, name));
  await expect(file.read('a')).rejects.toEqual(refusal('unknown-dtype', 'x.safetensors', '"a"', 'got F4'));
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
    ['bad-index', ['weight_map'], '{"weight_map":null}'],
    [
      'bad-index',
      ['nest values at most 100 levels deep'],
      `{"metadata":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
    ],
    ['duplicate-name', ['"weight_map" twice'], '{"weight_map":{},"weight_map":{}}'],
    ['duplicate-name', ['"__proto__" twice'], '{"weight_map":{"__proto__":"x","__proto__":"y"}}'],
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
