import { bytesSource, openTorch, openTorchFrom, type TensorFile } from '@ttrec/tensor-files';
import { pythonWith, runPython } from '@ttrec/python';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readPickle } from '../src/pickle/read-pickle.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from '@ttrec/test-support';
import { tensorPickle, torchFile } from './torch-file.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const python = pythonWith('torch', 'numpy');

/** Every weight of fixtures/training_script.py, with its numbers, and every tensor that cannot be read. */
async function expectTraining(file: TensorFile): Promise<void> {
  const row = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  const ones = new Float32Array(2).fill(1);
  const complex = (...values: number[]) => new Uint8Array(Float32Array.of(...values).buffer);
  const weights: Record<string, [string, number[], ArrayBufferView]> = {
    plain: ['F32', [4, 3], row],
    parameter: ['F32', [3], row.slice(3, 6)],
    expanded: ['F32', [1000, 1000], new Float32Array(1e6).fill(1.5)],
    'rows repeated': ['I16', [4, 3], Int16Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2)],
    'columns repeated': ['F32', [3, 2], Float32Array.of(0, 0, 1, 1, 2, 2)],
    overlapping: ['F32', [3, 3], Float32Array.of(0, 1, 2, 1, 2, 3, 2, 3, 4)],
    'every other': ['F32', [2, 2], Float32Array.of(0, 2, 6, 8)],
    own: ['F32', [4, 3], row],
    complex: ['C64', [2], complex(1, 2, -0, -3)],
    'complex transposed': ['C64', [2, 2], complex(1, 0, 3, 0, 0, 2, 0, 4)],
    'in a dict.a': ['F32', [1], ones.slice(1)],
    'in a list.0': ['F32', [1], Float32Array.of(2)],
    'in a defaultdict.a': ['F32', [1], Float32Array.of(3)],
    '(in, a tuple)': ['F32', [1], Float32Array.of(4)],
  };
  const names = Object.keys(weights).map((name) => `state_dict.${name}`);
  expect([...file.tensors.keys()]).toEqual([
    ...names,
    'beside.optimizer.state.0.step',
    'beside.optimizer.state.0.sum',
  ]);
  for (const [name, [dtype, shape, data]] of Object.entries(weights)) {
    expect(file.tensors.get(`state_dict.${name}`)).toMatchObject({ dtype, shape });
    const read = await file.read(`state_dict.${name}`);
    expect(
      Buffer.compare(Buffer.from(read.buffer), Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
    ).toBe(0);
  }
  expect(await file.readRows('state_dict.expanded', 998, 1000)).toEqual(new Float32Array(2000).fill(1.5));
  expect(await file.readRows('state_dict.complex transposed', 1, 2)).toEqual(complex(0, 2, 0, 4));
  const refusals: [string, string, string][] = [
    ['sparse', 'unsupported-tensor', 'to_dense()'],
    ['csr', 'unsupported-tensor', '_rebuild_sparse_csr_tensor'],
    ['quantized', 'unsupported-tensor', 'dequantize()'],
    ['complex128', 'unknown-dtype', 'ComplexDoubleStorage'],
    ['numpy', 'unsupported-tensor', 'torch.from_numpy'],
    ['quantized storage', 'unsupported-tensor', '_rebuild_qtensor'],
  ];
  expect([...file.unreadable.keys()]).toEqual(refusals.map(([name]) => `unreadable.${name}`));
  for (const [name, code, words] of refusals) {
    await expect(file.read(`unreadable.${name}`)).rejects.toEqual(
      refusal(code, `"unreadable.${name}"`, words),
    );
  }
  expect(file.metadata).toMatchObject({
    'beside.large': `-${2n ** 100n}`,
    'beside.surrogate': 'file\udcff',
    'beside.torch.float64': 'a dtype as key',
    'beside.(1, a)': 'a tuple as key',
    'beside.None': 'none as key',
    'beside.optimizer.param_groups.0.lr': '0.01',
  });
}

describe('a checkpoint of a training script, with objects of forty classes beside the weights', () => {
  test('saved by PyTorch 1.13', async () => {
    const file = await openTorch(join(fixtures, 'training.pt'));
    onTestFinished(() => file.close());
    await expectTraining(file);
  });

  test.skipIf(python === undefined).each([2, 3, 4, 5])('saved here with protocol %i', async (protocol) => {
    const path = join(await temporaryFolder(), 'training.pt');
    const args = ['-W', 'ignore', '-B', 'training_script.py', path, `${protocol}`];
    const { status, stderr } = spawnSync(python!, args, { cwd: fixtures, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const file = await openTorch(path);
    onTestFinished(() => file.close());
    await expectTraining(file);
  });
});

test.skipIf(python === undefined)('every protocol of pickles, from text to the latest, is read alike', () => {
  const program = `
import pickle
value = {
  'text': 'ünï \\'quoted\\' "twice"', 'int': -70000, 'byte': 7, 'long': 2**40, 'float': -0.5, 'true': True, 'false': False,
  'none': None, 'list': [1, [2, []]], 'tuple': (1, (2, 3), (), (1, 2, 3, 4)), 'big': 2**70, 'dict': {'a': {}, 3: 'b'},
}
for protocol in range(6): print(pickle.dumps(value, protocol).hex())
`;
  const pickles = runPython(python!, program)
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'hex'));
  expect(pickles).toHaveLength(6);
  const objects = { call: () => undefined, persistent: () => undefined };
  const [first, ...others] = pickles.map((bytes) => readPickle(bytes, 'pickle', objects));
  expect(first).toMatchObject({ kind: 'dict' });
  const entries = (first as unknown as { entries: Map<string, unknown> }).entries;
  expect(Object.fromEntries(entries)).toMatchObject({
    text: 'ünï \'quoted\' "twice"',
    int: -70000,
    byte: 7,
    long: 2 ** 40,
    float: -0.5,
    true: true,
    false: false,
    none: null,
    big: 2n ** 70n,
  });
  for (const other of others) expect(other).toEqual(first);
});

const text = (value: string) => `X${String.fromCharCode(value.length, 0, 0, 0)}${value}`;
/** A tensor of as many floats as a storage `0` of 4 bytes has. */
const TENSOR =
  `ctorch._utils\n_rebuild_tensor_v2\n((${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}K\x01tQ` +
  `K\0K\x01\x85K\x01\x85\x89}tR`;

async function opened(pickle: string): Promise<TensorFile> {
  const storages = { 'archive/data/0': new Uint8Array(Float32Array.of(5).buffer) };
  return openTorchFrom(bytesSource(await torchFile(Buffer.from(pickle, 'latin1'), storages), 'w.pt'));
}

test('a pickle whose calls would run a command leaves no trace', async () => {
  const trace = join(await temporaryFolder(), 'trace');
  const call = `cposix\nsystem\n${text(`touch ${trace}`)}\x85R`;
  const file = await opened(`\x80\x02}(${text('a')}${call}${text('b')}${call}${text('w')}${TENSOR}u.`);
  expect([...file.tensors.keys()]).toEqual(['w']);
  expect(await file.read('w')).toEqual(Float32Array.of(5));
  await expect(file.read('a')).rejects.toEqual(refusal('unknown-tensor', '"a"'));
  expect(spawnSync('ls', [trace]).status).not.toBe(0);
});

test('a file of objects without one tensor says what it holds', async () => {
  const model = `c__main__\nNet\n)\x81}${text('weight')}${TENSOR}sb`;
  await expect(opened(`\x80\x02}${text('model')}${model}s.`)).rejects.toEqual(
    refusal('no-state-dict', 'w.pt', 'got __main__.Net', 'model.state_dict()'),
  );
  await expect(opened(`\x80\x02${model}.`)).rejects.toEqual(refusal('no-state-dict', 'got __main__.Net'));
  await expect(opened(`\x80\x02${TENSOR}.`)).rejects.toEqual(refusal('no-state-dict', 'got tensor'));
  expect((await opened('\x80\x02}.')).tensors.size).toBe(0);
});

test('an OrderedDict of pairs, as Python 2 pickles it, and ids of two objects as keys', async () => {
  const pairs = `ccollections\nOrderedDict\n](](${text('w')}${TENSOR}ee\x85R`;
  const file = await opened(`\x80\x02${pairs}.`);
  expect(await file.read('w')).toEqual(Float32Array.of(5));
  const object = 'c__main__\nKey\n)\x81';
  const keyed = await opened(`\x80\x02}(${object}${TENSOR}${object}${TENSOR}(${object}K\x02t${TENSOR}u.`);
  expect([...keyed.tensors.keys()]).toEqual(['__main__.Key#0', '__main__.Key#1', '(__main__.Key, 2)#2']);
});

test('a tensor that tells its dtype beside its storage, as float8 and uint16 do, is read', async () => {
  const tensor = (dtype: string, bytes: number, length: number) =>
    `ctorch._utils\n_rebuild_tensor_v3\n((${text('storage')}ctorch.storage\nUntypedStorage\n${text('0')}${text('cpu')}` +
    `K${String.fromCharCode(bytes)}tQK\0K${String.fromCharCode(length)}\x85K\x01\x85\x89}ctorch\n${dtype}\ntR`;
  const dtypes: [string, number, string, ArrayBufferView][] = [
    ['float8_e4m3fn', 4, 'F8_E4M3', Uint8Array.of(1, 2, 3, 4)],
    ['float8_e5m2fnuz', 4, 'F8_E5M2FNUZ', Uint8Array.of(1, 2, 3, 4)],
    ['float8_e8m0fnu', 4, 'F8_E8M0', Uint8Array.of(1, 2, 3, 4)],
    ['uint16', 2, 'U16', Uint16Array.of(0x0201, 0x0403)],
    ['uint32', 1, 'U32', Uint32Array.of(0x04030201)],
  ];
  const items = dtypes.map(([dtype, length]) => text(dtype) + tensor(dtype, 4, length)).join('');
  const other = text('int1') + tensor('int1', 4, 32);
  const pickle = Buffer.from(`\x80\x02}(${items}${other}u.`, 'latin1');
  const file = await openTorchFrom(
    bytesSource(await torchFile(pickle, { 'archive/data/0': Uint8Array.of(1, 2, 3, 4) })),
  );
  for (const [name, , dtype, data] of dtypes) {
    expect(file.tensors.get(name)).toMatchObject({ dtype });
    expect(await file.read(name)).toEqual(data);
  }
  await expect(file.read('int1')).rejects.toEqual(refusal('unknown-dtype', 'torch.int1'));
});

test('any strides, 0 among them, give the numbers that they point at', async () => {
  const axis = fc.record({ size: fc.integer({ min: 1, max: 4 }), stride: fc.integer({ min: 0, max: 5 }) });
  const views = fc.tuple(fc.array(axis, { maxLength: 4 }), fc.nat(5));
  await fc.assert(
    fc.asyncProperty(views, async ([axes, offset]) => {
      const last = axes.reduce((sum, { size, stride }) => sum + (size - 1) * stride, offset);
      const numbers = Float32Array.from({ length: last + 1 }, (_, i) => i);
      const words = {
        length: last + 1,
        offset,
        shape: axes.map((a) => a.size),
        strides: axes.map((a) => a.stride),
      };
      const bytes = await torchFile(tensorPickle(words), {
        'archive/data/0': new Uint8Array(numbers.buffer),
      });
      const file = await openTorchFrom(bytesSource(bytes));
      const expected = axes.reduce<number[]>(
        (places, { size, stride }) =>
          places.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * stride)),
        [offset],
      );
      expect(await file.read('w')).toEqual(Float32Array.from(expected));
    }),
    { numRuns: 200 },
  );
});
