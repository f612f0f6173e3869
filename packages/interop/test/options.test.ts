import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm } from '@ttrec/dlrm';
import { exportOnnx, readDlrm, readFbtt, torchState } from '@ttrec/interop';
import { refusal } from '@ttrec/test-support';
import { expect, test } from 'vitest';
import { fileOf, floats } from './tensor-file.ts';

const model = new Dlrm({
  backend: createCpuBackend(),
  denseFeatures: 1,
  embeddingDim: 2,
  tables: [{ name: 't', numEmbeddings: 3, config: { kind: 'dense' } }],
  bottomMlp: [],
  topMlp: [],
  interaction: { kind: 'dot' },
  optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
  seed: 1,
});
const file = await fileOf([floats('tt_cores.0', [1, 2, 2], new Float32Array(4))]);

const functions: Record<string, (options: object) => unknown> = {
  exportOnnx: (options) => exportOnnx(model, options),
  torchState: async (options) => torchState(model, options),
  readFbtt: (options) => readFbtt(file, options),
  readDlrm: (options) => readDlrm(file, options),
};

test.each<[string, object, string, ...string[]]>([
  ['exportOnnx', { logOddsShift: NaN }, 'bad-option', 'logOddsShift: must be a finite number, got NaN'],
  ['exportOnnx', { tables: 'Dense' }, 'bad-option', 'tables: must be one of stored, dense', 'mean "dense"?'],
  ['exportOnnx', { tabels: 'dense' }, 'unknown-option', 'got tabels. Did you mean "tables"?'],
  ['exportOnnx', { tables: null }, 'bad-option', 'got null'],
  ['torchState', { tables: 'Dense' }, 'bad-option', 'tables: must be one of stored, dense', 'mean "dense"?'],
  ['torchState', { tabels: 'dense' }, 'unknown-option', 'got tabels. Did you mean "tables"?'],
  ['readFbtt', { cachedRows: 'Keep' }, 'bad-option', 'one of override, keep, drop', 'mean "keep"?'],
  ['readFbtt', { numEmbedings: 2 }, 'unknown-option', 'Did you mean "numEmbeddings"?'],
  ['readDlrm', { cachedRows: 'none' }, 'bad-option', 'one of override, keep, drop'],
  ['readDlrm', { tablenames: ['a'] }, 'unknown-option', 'Did you mean "tableNames"?'],
  ['readDlrm', { prefix: 3 }, 'bad-option', 'prefix: must be a string, got 3'],
])('%s refuses the options %j', async (name, options, code, ...words) => {
  await expect(functions[name]!(options)).rejects.toEqual(refusal(`interop/${code}`, name, ...words));
});
