import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import type { TableConfig } from '@ttrec/embeddings';
import { torchState } from '@ttrec/interop';
import { expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

const config = (table: TableConfig): DlrmConfig => ({
  denseFeatures: 1,
  embeddingDim: 4,
  tables: [
    { name: 'shared', numEmbeddings: 3, config: { kind: 'dense' }, featureNames: ['a', 'c'] },
    { name: 'other', numEmbeddings: 100, config: table, featureNames: ['b'] },
  ],
  features: ['a', 'b', 'c'],
  bottomMlp: [],
  topMlp: [],
  interaction: { kind: 'dot' },
  optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
  seed: 1,
});

function namesOf(
  table: TableConfig,
  tables: 'stored' | 'dense' = 'stored',
  change: Partial<DlrmConfig> = {},
) {
  const backend = createCpuBackend();
  const sources = torchState(new Dlrm({ backend, ...config(table), ...change }), { tables });
  return Object.fromEntries(sources.map(({ name, shape }) => [name, shape]));
}

const mlps = {
  'bot_l.0.weight': [4, 1],
  'bot_l.0.bias': [4],
  'top_l.0.weight': [1, 10],
  'top_l.0.bias': [1],
};

test('a table for each feature, shared ones twice; kinds that PyTorch lacks under names of their own', () => {
  const shared = { 'emb_l.0.weight': [3, 4], 'emb_l.2.weight': [3, 4], ...mlps };
  const cold = { kind: 'tt', ranks: 2, rowShape: [10, 10], colShape: [2, 2], cores: 2 } as const;
  expect(namesOf({ kind: 'hot-cold', hot: 10, cold })).toEqual({
    ...shared,
    'emb_l.1.hot.weight': [10, 4],
    'emb_l.1.cold.tt_cores.0': [1, 10, 4],
    'emb_l.1.cold.tt_cores.1': [1, 10, 4],
  });
  expect(namesOf({ kind: 'hot-cold', hot: 10, cold }, 'dense')).toEqual({
    ...shared,
    'emb_l.1.weight': [100, 4],
  });
});

test('integers are refused, unless their rows are computed', () => {
  const int8 = { kind: 'int8', into: { kind: 'dense' } } as const;
  expect(() => namesOf(int8)).toThrow(
    refusal('interop/unsupported-kind', '"other"', 'got int8', "tables: 'dense'"),
  );
  expect(namesOf(int8, 'dense')).toMatchObject({ 'emb_l.1.weight': [100, 4] });
});

test('a cross network has the names of TorchRec, and a wide term a table of one column for each feature', () => {
  const interaction = { kind: 'dcn', layers: 1, rank: 2 } as const;
  expect(namesOf({ kind: 'dense' }, 'stored', { interaction, wide: { default: { kind: 'dense' } } })).toEqual(
    {
      ...mlps,
      'top_l.0.weight': [1, 16],
      'emb_l.0.weight': [3, 4],
      'emb_l.1.weight': [100, 4],
      'emb_l.2.weight': [3, 4],
      'wide_l.0.weight': [3, 1],
      'wide_l.1.weight': [100, 1],
      'wide_l.2.weight': [3, 1],
      'wide_dense.weight': [1, 1],
      'crossnet.V_kernels.0': [2, 16],
      'crossnet.W_kernels.0': [16, 2],
      'crossnet.bias.0': [16],
    },
  );
});
