import { createCpuBackend } from '@ttrec/backend-cpu';
import type { Tensor } from '@ttrec/tensor-files/safetensors';
import { Dlrm } from '@ttrec/dlrm';
import { scaledError } from '@ttrec/golden';
import { readDlrm, type ReadDlrmOptions } from '@ttrec/interop';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { fileOf, floats, withUnreadable } from './tensor-file.ts';

const zeros = (name: string, ...shape: number[]) =>
  floats(name, shape, new Float32Array(shape.reduce((product, size) => product * size, 1)));
const layer = (name: string, outputs: number, inputs: number) => [
  zeros(`${name}.weight`, outputs, inputs),
  zeros(`${name}.bias`, outputs),
];

/** D = 4, two tables, three numbers: 4 + 3 pairs. */
const state: Tensor[] = [
  zeros('emb_l.0.weight', 10, 4),
  zeros('emb_l.1.weight', 20, 4),
  ...layer('bot_l.0', 5, 3),
  ...layer('bot_l.2', 4, 5),
  ...layer('top_l.0', 6, 7),
  ...layer('top_l.2', 1, 6),
];
const prefixed = (prefix: string) => state.map((tensor) => ({ ...tensor, name: `${prefix}${tensor.name}` }));
const replaced = (...others: Tensor[]) => [
  ...state.filter(({ name }) => others.every((other) => other.name !== name)),
  ...others,
];
const without = (...names: string[]) => state.filter(({ name }) => !names.includes(name));

test('widths, tables and interaction follow from the shapes', async () => {
  const { config } = await readDlrm(await fileOf(state), { tableNames: ['user', 'item'], seed: 3 });
  expect(config).toEqual({
    denseFeatures: 3,
    embeddingDim: 4,
    tables: [
      { name: 'user', numEmbeddings: 10, config: { kind: 'dense' } },
      { name: 'item', numEmbeddings: 20, config: { kind: 'dense' } },
    ],
    features: ['user', 'item'],
    bottomMlp: [5],
    topMlp: [6],
    interaction: { kind: 'dot', selfInteraction: false },
    optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
    seed: 3,
  });
});

test.each(['', 'module.', 'state_dict.', 'model.module.'])(
  'below "%s", beside tensors of others',
  async (prefix) => {
    const file = await fileOf([...prefixed(prefix), zeros('opt_state.0.sum', 3)]);
    const { config, ignored } = await readDlrm(file);
    expect([config.tables.length, ignored]).toEqual([2, ['opt_state.0.sum']]);
  },
);

test('a model without numbers beside its ids, and the other interactions', async () => {
  const dense = without('bot_l.0.weight', 'bot_l.0.bias', 'bot_l.2.weight', 'bot_l.2.bias');
  const topOf = (inputs: number) => [
    ...dense.filter(({ name }) => !name.startsWith('top_l.0')),
    ...layer('top_l.0', 6, inputs),
  ];
  const interactionOf = async (inputs: number) => (await readDlrm(await fileOf(topOf(inputs)))).config;
  expect(await interactionOf(1)).toMatchObject({ denseFeatures: 0, interaction: { selfInteraction: false } });
  expect(await interactionOf(3)).toMatchObject({ interaction: { kind: 'dot', selfInteraction: true } });
  expect(await interactionOf(8)).toMatchObject({ interaction: { kind: 'cat' } });
});

test('a table of FBTT beside a dense one: D comes from the model', async () => {
  const cores = [
    zeros('emb_l.1.tt_cores.0', 1, 4, 2 * 3),
    floats(
      'emb_l.1.tt_cores.1',
      [1, 5, 6],
      Float32Array.from({ length: 30 }, (_, i) => i),
    ),
  ];
  const file = await fileOf([...without('emb_l.1.weight'), ...cores, zeros('emb_l.1.L', 2)]);
  const { config, state: read, ignored } = await readDlrm(file, { fbtt: { 1: { numEmbeddings: 17 } } });
  expect(config.tables[1]).toEqual({
    name: '1',
    numEmbeddings: 17,
    config: { kind: 'tt', cores: 2, rowShape: [4, 5], colShape: [2, 2], ranks: [1, 3, 1] },
  });
  expect(ignored).toEqual([]);
  const backend = createCpuBackend();
  const model = new Dlrm({ backend, ...config });
  await model.loadState(read, { allowMissing: 'training' });
  const core = model.parameters.find(({ name }) => name === 'table.1.core1')!;
  expect([...(await backend.read(core.weights))].slice(0, 3)).toEqual([0, 1, 2]);
});

describe('rows that FBTT cached', () => {
  const numbers = (length: number, scale: number) =>
    Float32Array.from({ length }, (_, i) => Math.sin(scale * i + 1));
  const cached: Tensor[] = [
    ...without('emb_l.1.weight').map(({ name, shape, data }) =>
      floats(name, shape, numbers(data.length, 0.9)),
    ),
    floats('emb_l.1.tt_cores.0', [1, 40, 6], numbers(240, 0.7)),
    floats('emb_l.1.tt_cores.1', [1, 50, 6], numbers(300, 0.3)),
    { name: 'emb_l.1.hashtbl', dtype: 'I64', shape: [4], data: BigInt64Array.of(1999n, -1n, 3n, 700n) },
    { name: 'emb_l.1.cache_state', dtype: 'I32', shape: [4], data: Int32Array.of(2, 0, 1, 0) },
    floats('emb_l.1.cache_weight', [3, 4], numbers(12, 2)),
  ];

  test.each([
    ['keep', 'cached'],
    ['override', 'dense'],
    ['drop', 'tt'],
  ] as const)('%s: a table of kind %s, with the rows written out', async (choice, kind) => {
    const file = await fileOf(cached);
    const { config, state: read, rows, caches, ignored } = await readDlrm(file, { cachedRows: choice });
    expect([...caches]).toEqual([['1', { rows: 3, choice }]]);
    expect(ignored).toEqual([]);
    const backend = createCpuBackend();
    const model = new Dlrm({ backend, ...config });
    await model.loadState(read, { allowMissing: 'training' });
    // Two roundings in float32 against one.
    const got = await model.embeddings.table('1').toDense();
    expect(scaledError(got, await rows.get('1')!.read(0, 2000))).toBeLessThan(1e-6);
    const row = [...got.subarray(4 * 1999)];
    const fromCache = [...numbers(12, 2).subarray(8)];
    if (choice === 'drop') expect(row).not.toEqual(fromCache);
    else expect(row).toEqual(fromCache);
    const { cost } = model.embeddings.costs[1]!;
    expect(config.tables[1]!.config.kind).toBe(kind);
    // 540 numbers of cores, 12 of cached rows, 3 ids and their number; or 8,000 numbers.
    expect(cost.bytes).toBe({ keep: 4 * (540 + 12 + 4), override: 4 * 8000, drop: 4 * 540 }[choice]);
  });

  test('stay in their places through a step of training, and learn', async () => {
    const { config, state: read } = await readDlrm(await fileOf(cached), { cachedRows: 'keep' });
    const backend = createCpuBackend();
    const model = new Dlrm({ backend, ...config });
    await model.loadState(read, { allowMissing: 'training' });
    const table = model.embeddings.table('1');
    const [before, other] = [await table.row(1999), await table.row(1998)];
    const one = { indices: Uint32Array.of(1999), offsets: Uint32Array.of(0, 1) };
    const features = [{ ...one, indices: Uint32Array.of(2) }, one];
    const batch = { size: 1, dense: new Float32Array(config.denseFeatures).fill(1), features };
    await model.trainStep({ ...batch, labels: Float32Array.of(1) }, { learningRate: 1 });
    expect(await table.row(1999)).not.toEqual(before);
    // It shares a slice with the cached row, which trains by itself.
    expect(await table.row(1998)).toEqual(other);
  });
});

test('the rows of a dense table, a few at a time', async () => {
  const rows = Float32Array.from({ length: 40 }, (_, i) => i);
  const { rows: sources } = await readDlrm(
    await fileOf(replaced(floats('emb_l.0.weight', [10, 4], rows)), 'torch'),
  );
  const source = sources.get('0')!;
  expect([source.numEmbeddings, source.embeddingDim]).toEqual([10, 4]);
  expect(await source.read(3, 5)).toEqual(rows.subarray(12, 20));
});

describe('refuses', () => {
  test.each<[string, string[], Tensor[], ReadDlrmOptions]>([
    ['interop/no-dlrm', ['emb_l.0.weight', '["w"]'], [zeros('w', 1)], {}],
    ['interop/no-dlrm', ['["a.","b."]', 'prefix'], [...prefixed('a.'), ...prefixed('b.')], {}],
    ['interop/no-dlrm', ['top_l.0.weight'], state.filter(({ name }) => !name.startsWith('top')), {}],
    ['interop/no-dlrm', ['emb_l.0'], state.filter(({ name }) => !name.startsWith('emb')), {}],
    ['interop/bad-table', ['"emb_l.0.weight"', '[10]'], replaced(zeros('emb_l.0.weight', 10)), {}],
    ['interop/bad-table', ['same number of columns', '[4,8]'], replaced(zeros('emb_l.1.weight', 20, 8)), {}],
    ['interop/bad-mlp', ['bot_l.2', '[out, 5]'], replaced(zeros('bot_l.2.weight', 4, 6)), {}],
    ['interop/bad-mlp', ['bot_l.0', 'bias'], without('bot_l.0.bias'), {}],
    ['interop/bad-mlp', ['linear layers', 'got bot_l.1.weight'], replaced(zeros('bot_l.1.weight', 5)), {}],
    ['interop/bad-mlp', ['the 4 columns', 'got 5'], without('bot_l.2.weight', 'bot_l.2.bias'), {}],
    ['interop/bad-mlp', ['end in one number', 'got 6'], without('top_l.2.weight', 'top_l.2.bias'), {}],
    [
      'interop/unknown-interaction',
      ['9 inputs', 'none that does'],
      replaced(zeros('top_l.0.weight', 6, 9)),
      {},
    ],
    ['interop/unknown-interaction', ['7 inputs', '"cat"'], state, { interaction: { kind: 'cat' } }],
    ['interop/bad-names', ['each of the 2 tables', 'user'], state, { tableNames: ['user'] }],
    ['interop/bad-names', [], state, { tableNames: ['user', 'user'] }],
  ])('%s %j', async (code, words, tensors, options) => {
    await expect(readDlrm(await fileOf(tensors), options)).rejects.toEqual(refusal(code, ...words));
  });

  test('a model of another config, or of other lengths', async () => {
    const { config, state: read } = await readDlrm(await fileOf(state));
    const backend = createCpuBackend();
    const [first, ...rest] = config.tables;
    const renamed = {
      ...config,
      tables: [{ ...first!, name: 'O' }, ...rest],
      features: ['O', config.features[1]!],
    };
    await expect(new Dlrm({ backend, ...renamed }).loadState(read)).rejects.toEqual(
      refusal('embeddings/state-mismatch', '"table.0.weight"', 'Did you mean "table.O.weight"?'),
    );
    await expect(new Dlrm({ backend, ...renamed }).loadState(read, { allowUnknown: true })).rejects.toEqual(
      refusal('embeddings/state-mismatch', '"table.O.weight"', 'got nothing'),
    );
    const longer = { ...config, tables: [{ ...first!, numEmbeddings: 11 }, ...rest] };
    await expect(new Dlrm({ backend, ...longer }).loadState(read)).rejects.toEqual(
      refusal('embeddings/state-mismatch', 'table.0.weight', '[11, 4]', 'got F32 [10, 4]'),
    );
  });

  test('weights that are no floats', async () => {
    const integers: Tensor = { name: 'emb_l.0.weight', dtype: 'I8', shape: [10, 4], data: new Int8Array(40) };
    const { state: read } = await readDlrm(await fileOf(replaced(integers)));
    await expect(read.read('table.0.weight')).rejects.toEqual(
      refusal('tensor-files/not-floats', '"emb_l.0.weight"', 'got I8'),
    );
  });
});

test('a tensor of the model that cannot be read is not taken for one that is not there', async () => {
  // Without emb_l.1, or the second layer of the bottom MLP, a smaller model would fit.
  for (const name of ['emb_l.0.weight', 'emb_l.1.weight', 'bot_l.2.bias', 'top_l.0.weight']) {
    await expect(readDlrm(withUnreadable(await fileOf(state), name))).rejects.toThrow(`cannot read ${name}`);
  }
  const beside = await fileOf([...state, zeros('optimizer.sum', 1)]);
  const { ignored } = await readDlrm(withUnreadable(beside, 'optimizer.sum'));
  expect(ignored).toEqual(['optimizer.sum']);
});

test('a table of another form, or a gap between tables, does not end their list', async () => {
  const others: [string, Tensor[]][] = [
    ['emb_l.2.weight', [...without('emb_l.1.weight'), zeros('emb_l.2.weight', 20, 4)]],
    ['emb_l.2.weight_q', [...state, zeros('emb_l.2.weight_q', 5, 4)]],
    ['emb_l.1.proj.weight', [...state, zeros('emb_l.1.proj.weight', 4, 2)]],
  ];
  for (const [name, tensors] of others) {
    await expect(readDlrm(await fileOf(tensors))).rejects.toEqual(
      refusal('interop/bad-table', 'without a gap', `got ${name}`),
    );
  }
});
