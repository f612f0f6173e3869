import {
  bytesSource,
  openTorch,
  openTorchFrom,
  streamTorch,
  writeFileAtomic,
  type Tensor,
  type TensorSource,
} from '@ttrec/tensor-files';
import { pythonWith, runPython } from '@ttrec/python';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PickleWriter } from '../src/pickle/pickle-writer.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from '@ttrec/test-support';
import { tensorPickle, torchFile, type TensorWords } from './torch-file.ts';

const fixture = join(import.meta.dirname, 'fixtures', 'state-dict.pt');
const eighths = (begin: number, end: number) =>
  Float32Array.from({ length: end - begin }, (_, i) => (begin + i) / 8);

describe('a file that PyTorch 1.13 saved', () => {
  test('each tensor, views and transposed ones among them, and what stands beside', async () => {
    const file = await openTorch(fixture);
    onTestFinished(() => file.close());
    const found = [...file.tensors.values()].map(({ name, dtype, shape }) => [name, dtype, shape]);
    const read = (name: string) => file.read(`state_dict.${name}`);
    expect(found).toEqual([
      ['state_dict.emb_l.0.weight', 'F32', [4, 3]],
      ['state_dict.rows', 'F32', [2, 3]],
      ['state_dict.transposed', 'F64', [3, 2]],
      ['state_dict.half', 'F16', [2]],
      ['state_dict.bfloat16', 'BF16', [2]],
      ['state_dict.scalar', 'I64', []],
      ['state_dict.flags', 'BOOL', [2]],
      ['state_dict.ints', 'I32', [1, 1]],
      ['state_dict.empty', 'F32', [0, 3]],
    ]);
    expect(await read('emb_l.0.weight')).toEqual(eighths(0, 12));
    expect(await read('rows')).toEqual(eighths(3, 9));
    expect(await read('transposed')).toEqual(Float64Array.of(0, 3, 1, 4, 2, 5));
    expect(await read('half')).toEqual(Uint16Array.of(0x3c00, 0xc100));
    expect(await read('bfloat16')).toEqual(Uint16Array.of(0x3f80, 0xc020));
    expect(await read('scalar')).toEqual(BigInt64Array.of(2n ** 40n));
    expect(await read('flags')).toEqual(Uint8Array.of(1, 0));
    expect(await read('ints')).toEqual(Int32Array.of(-7));
    expect(await read('empty')).toEqual(new Float32Array(0));
    expect(file.metadata).toEqual({
      iter: '3',
      note: 'ünï',
      'history.0': '1.5',
      'history.1': '1099511627776',
    });
  });

  test('by rows', async () => {
    const file = await openTorch(fixture);
    onTestFinished(() => file.close());
    expect(await file.readRows('state_dict.emb_l.0.weight', 1, 3)).toEqual(eighths(3, 9));
    expect(await file.readRows('state_dict.rows', 1, 2)).toEqual(eighths(6, 9));
    expect(await file.readRows('state_dict.transposed', 2, 3)).toEqual(Float64Array.of(2, 5));
    await expect(file.readRows('state_dict.rows', 1, 3)).rejects.toEqual(
      refusal('rows-out-of-range', '0 to 2'),
    );
    const expected = { dtype: 'F32', shape: [3, 4] } as const;
    await expect(file.read('state_dict.emb_l.0.weight', expected)).rejects.toEqual(
      refusal('tensor-mismatch', fixture, 'got F32 [4, 3]'),
    );
    await expect(file.read('state_dict.emb_l.1.weight')).rejects.toEqual(
      refusal('unknown-tensor', 'Did you mean "state_dict.emb_l.0.weight"?'),
    );
  });

  test('a byte changed in its numbers is noticed, when they are read as a whole', async () => {
    const bytes = await readFile(fixture);
    const at = bytes.indexOf(Buffer.from(eighths(0, 12).buffer));
    bytes[at + 5]! ^= 1;
    const file = await openTorchFrom(bytesSource(bytes, 'w.pt'));
    await expect(file.read('state_dict.emb_l.0.weight')).rejects.toEqual(
      refusal('zip-checksum', 'w.pt', 'data/0'),
    );
  });
});

const tensors: Tensor[] = [
  { name: 'emb_l.0.weight', dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, NaN, 4, 5, Infinity) },
  { name: 'f64', dtype: 'F64', shape: [1, 1, 2], data: Float64Array.of(0.1, -0) },
  { name: 'f16', dtype: 'F16', shape: [1], data: Uint16Array.of(0x3c00) },
  { name: 'bf16', dtype: 'BF16', shape: [1], data: Uint16Array.of(0x3f80) },
  { name: 'i64', dtype: 'I64', shape: [], data: BigInt64Array.of(-(2n ** 62n)) },
  { name: 'i32', dtype: 'I32', shape: [300], data: new Int32Array(300).fill(-3) },
  { name: 'i16', dtype: 'I16', shape: [1], data: Int16Array.of(-2) },
  { name: 'i8', dtype: 'I8', shape: [1], data: Int8Array.of(-1) },
  { name: 'u8', dtype: 'U8', shape: [1], data: Uint8Array.of(255) },
  { name: 'bool', dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
  { name: 'complex', dtype: 'C64', shape: [1], data: new Uint8Array(Float32Array.of(1, -2).buffer) },
  { name: 'ünï none', dtype: 'F32', shape: [0, 70000], data: new Float32Array(0) },
];

describe('written here', () => {
  test('every dtype comes back, fetched one after the other', async () => {
    const path = join(await temporaryFolder(), 'w.pt');
    const sources = tensors.map((tensor) => ({ ...tensor, data: async () => tensor.data }) as TensorSource);
    await writeFileAtomic(path, streamTorch(sources));
    const file = await openTorch(path);
    onTestFinished(() => file.close());
    expect([...file.tensors.keys()]).toEqual(tensors.map(({ name }) => name));
    for (const { name, dtype, shape, data } of tensors) {
      expect(file.tensors.get(name)).toMatchObject({ dtype, shape });
      expect(await file.read(name)).toEqual(data);
    }
  });

  test('what PyTorch has no storage for, a name twice and numbers of another length are refused', async () => {
    const write = async (list: unknown[]) => {
      for await (const chunk of streamTorch(list as Tensor[])) expect(chunk).toBeInstanceOf(Uint8Array);
    };
    const w = { name: 'w', dtype: 'U32', shape: [1], data: new Uint32Array(1) };
    await expect(write([w])).rejects.toEqual(refusal('unknown-dtype', '"w"', 'got U32'));
    const f = { name: 'w', dtype: 'F32', shape: [1], data: new Float32Array(2) };
    await expect(write([f, f])).rejects.toEqual(refusal('duplicate-name', '"w" twice'));
    await expect(write([f])).rejects.toEqual(refusal('data-mismatch', 'of length 1', 'length 2'));
  });
});

const python = pythonWith('torch', 'numpy');

test.skipIf(python === undefined)(
  'PyTorch reads what is written here, with weights_only, and saves it again',
  async () => {
    const folder = await temporaryFolder();
    const [ours, theirs] = [join(folder, 'ours.pt'), join(folder, 'theirs.pt')];
    await writeFileAtomic(ours, streamTorch(tensors));
    const program = `
import sys, torch, zipfile
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
state = torch.load(sys.argv[1], weights_only=True)
for name, tensor in state.items(): print(name, tensor.dtype, list(tensor.shape))
torch.save(state, sys.argv[2], pickle_protocol=int(sys.argv[3]))
`;
    for (const protocol of ['2', '4']) {
      const printed = runPython(python!, program, ours, theirs, protocol);
      expect(printed).toContain('emb_l.0.weight torch.float32 [2, 3]\n');
      expect(printed).toContain('ünï none torch.float32 [0, 70000]\n');
      const file = await openTorch(theirs);
      onTestFinished(() => file.close());
      expect([...file.tensors.keys()]).toEqual(tensors.map(({ name }) => name));
      for (const { name, data } of tensors) expect(await file.read(name)).toEqual(data);
    }
  },
);

test.skipIf(python === undefined)('a file packed again with DEFLATE is read', async () => {
  const folder = await temporaryFolder();
  const [ours, packed] = [join(folder, 'ours.pt'), join(folder, 'packed.pt')];
  await writeFileAtomic(ours, streamTorch(tensors));
  const program = `
import sys, zipfile
a, b = zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED)
for info in a.infolist(): b.writestr(info.filename, a.read(info))
b.close()
`;
  runPython(python!, program, ours, packed);
  const file = await openTorch(packed);
  onTestFinished(() => file.close());
  for (const { name, data } of tensors) expect(await file.read(name)).toEqual(data);
  expect(await file.readRows('emb_l.0.weight', 1, 2)).toEqual(Float32Array.of(4, 5, Infinity));
});

describe('refuses a tensor when it is read', () => {
  const numbers = { 'archive/data/0': new Uint8Array(24) };
  test.each<[string, string[], TensorWords]>([
    ['storage-mismatch', ['"w"', 'takes 28 bytes', 'got 24'], { length: 7 }],
    ['storage-mismatch', ['takes 48 bytes'], { storage: 'DoubleStorage' }],
    ['storage-mismatch', ['data/1', 'got none'], { key: '1' }],
    ['storage-mismatch', ['../0', 'got none'], { key: '../0' }],
    ['bad-strides', ['"w"', 'the 6 numbers'], { offset: 1 }],
    ['bad-strides', ['by rows', 'contiguous'], { shape: [20_000, 1000], strides: [0, 0] }],
    ['bad-strides', [], { strides: [2 ** 40, 1] }],
    ['bad-strides', [], { shape: [7], strides: [1] }],
    ['bad-shape', ['product'], { shape: [2 ** 40, 2 ** 40], strides: [1, 1] }],
    ['bad-shape', ['product'], { length: 2 ** 52 }],
    ['pickle-value', ['as many strides'], { strides: [1] }],
    ['unknown-dtype', ['torch.QInt8Storage'], { storage: 'QInt8Storage' }],
  ])('%s %j %j', async (code, words, tensor) => {
    const file = await openTorchFrom(bytesSource(await torchFile(tensorPickle(tensor), numbers), 'w.pt'));
    await expect(file.read('w')).rejects.toEqual(refusal(code, 'w.pt', ...words));
  });

  test('but not the one that the others are made from', async () => {
    const file = await openTorchFrom(bytesSource(await torchFile(tensorPickle(), numbers)));
    expect(await file.read('w', { dtype: 'F32', shape: [2, 3] })).toEqual(new Float32Array(6));
  });
});

describe('runs nothing, and refuses by name', () => {
  const pickle = (...parts: (string | number)[]) =>
    new Uint8Array(
      Buffer.concat(
        parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.of(part))),
      ),
    );
  // Each dictionary holds the one before under two keys, which makes 2^levels paths of a few bytes a level; all lie in one more.
  const level = (i: number) => ['K', i, '}(', 'K', 1, 'h', i - 1, 'K', 2, 'h', i - 1, 'u', 'q', i, 's'];
  const nested = (levels: number) =>
    pickle(
      '}',
      'K',
      0,
      '}',
      'q',
      0,
      's',
      ...Array.from({ length: levels }, (_, i) => level(i + 1)).flat(),
      '.',
    );
  test.each<[string, string[], Uint8Array]>([
    ['no-state-dict', ['got os.system'], pickle('cos\nsystem\nX', 2, 0, 0, 0, 'ls', 0x85, 'R.')],
    ['no-state-dict', ['got builtins.eval'], pickle(0x8c, 8, 'builtins', 0x8c, 4, 'eval', 0x93, '.')],
    ['no-state-dict', ['torch.nn.modules.linear.Linear'], pickle('ctorch.nn.modules.linear\nLinear\n.')],
    ['no-state-dict', ['got os.system', 'state_dict'], pickle('cos\nsystem\n)', 0x81, '.')],
    ['no-state-dict', ['got os.system'], pickle('(ios\nsystem\n.')],
    ['no-state-dict', ['got os.system'], pickle('(cos\nsystem\no.')],
    ['no-state-dict', ['got torch.FloatStorage'], pickle('ctorch\nFloatStorage\n)R.')],
    ['no-state-dict', ['persistent id'], pickle('X', 1, 0, 0, 0, 'a', 'Q.')],
    ['pickle-opcode', ['byte 1', 'opcode 0xff'], pickle('}', 0xff, '.')],
    ['pickle-value', ['needs 2 values'], pickle('}', 0x81, '.')],
    ['pickle-opcode', ['protocol', 'got 6'], pickle(0x80, 6, '}.')],
    ['pickle-value', ['may call a global'], pickle('}', ')', 'R.')],
    ['pickle-value', ['needs 1 value'], pickle('.')],
    ['pickle-value', ['one value'], pickle('}}.')],
    ['pickle-value', ['a mark below'], pickle('t.')],
    ['pickle-value', ['keys must be'], pickle('}', '}', 'N', 's.')],
    ['pickle-value', ['a value for each key'], pickle('}(NNNu.')],
    ['pickle-value', ['a key once'], pickle('}(K', 1, 'NK', 1, 'Nu.')],
    ['pickle-value', ['memo', 'place 7'], pickle('h', 7, '.')],
    ['pickle-value', ['one value'], pickle('}', 0x8a, 9, '123456789', '.')],
    ['pickle-value', ['UTF-8'], pickle('X', 1, 0, 0, 0, 0xff, '.')],
    ['pickle-truncated', [], pickle('}')],
    ['pickle-truncated', [], pickle('X', 255, 255, 255, 255, 'a.')],
    ['pickle-truncated', [], pickle('cos')],
    ['no-state-dict', ['model.state_dict()'], pickle('N.')],
    ['pickle-limit', [], nested(30)],
    ['pickle-limit', ['deeper than 32'], nested(34)],
    ['pickle-limit', [], pickle('}q', 0, 'K', 1, 'h', 0, 's.')],
  ])('%s %j', async (code, words, data) => {
    const file = await torchFile(data);
    await expect(openTorchFrom(bytesSource(file, 'w.pt'))).rejects.toEqual(refusal(code, 'w.pt', ...words));
  });

  test('names that meet after joining', async () => {
    const data = new PickleWriter().end();
    expect(data.length).toBe(3);
    const one = tensorPickle().subarray(2, -1);
    // {"a.w": …} beside {"a": {"w": …}}
    const twice = pickle('}(', 'X', 1, 0, 0, 0, 'a', ...one, 'X', 3, 0, 0, 0, 'a.w');
    const tensor = tensorPickle();
    const start = Buffer.from(tensor).indexOf('ctorch._utils');
    const file = await torchFile(
      new Uint8Array(Buffer.concat([twice, tensor.subarray(start, -2), Buffer.from('u.')])),
      { 'archive/data/0': new Uint8Array(24) },
    );
    await expect(openTorchFrom(bytesSource(file))).rejects.toEqual(refusal('duplicate-name', '"a.w" twice'));
  });
});

test('the older format, text, and a zip of something else', async () => {
  const path = join(await temporaryFolder(), 'w.pt');
  await writeFile(path, Buffer.from('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1'));
  await expect(openTorch(path)).rejects.toEqual(refusal('not-zip', path, 'before 1.6', 'torch.save'));
  await writeFile(path, await torchFile(tensorPickle(), { 'other/data.pkl': new Uint8Array(1) }));
  await expect(openTorch(path)).rejects.toEqual(refusal('not-torch', 'one data.pkl', 'other/data.pkl'));
  const big = await torchFile(tensorPickle(), { 'archive/byteorder': Buffer.from('big') });
  await expect(openTorchFrom(bytesSource(big))).rejects.toEqual(refusal('big-endian', 'got big'));
});
