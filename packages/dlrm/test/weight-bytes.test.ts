import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import { denseWeightBytes } from '@ttrec/dlrm/layers';
import { expect, test } from 'vitest';
import { mixedModel } from './small-models.ts';

test.each<[string, DlrmConfig]>([
  ['with dense features', mixedModel],
  ['without', { ...mixedModel, denseFeatures: 0 }],
  ['with concatenation', { ...mixedModel, interaction: { kind: 'cat' }, topMlp: [] }],
])('%s, the weights beside the tables take so many bytes', (_, config) => {
  const model = new Dlrm({ backend: createCpuBackend(), ...config });
  const beside = model.parameters.filter(({ name }) => !name.startsWith('table.'));
  const numbers = beside.reduce((sum, { weights }) => sum + weights.rows * weights.cols, 0);
  expect(denseWeightBytes(config)).toBe(4 * numbers);
  model.dispose();
});
