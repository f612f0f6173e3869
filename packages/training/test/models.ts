import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { openDataset, type DataConfig, type Dataset } from '@ttrec/data';
import { Dlrm } from '@ttrec/dlrm';
import { modelConfig, type ModelOptions } from '@ttrec/training';

/** Synthetic clicks: 20 batches of 16 an epoch, the last of 8. */
export function clicks(rows: { train?: number; validation?: number; test?: number } = {}): Promise<Dataset> {
  const config: DataConfig = {
    format: 'synthetic',
    rows: { train: 312, validation: 60, test: 60, ...rows },
    cardinalities: [50, 200, 7],
    dense: 3,
  };
  return openDataset(config, { seed: 3 });
}

export function modelFor(
  dataset: Dataset,
  options: ModelOptions & { readonly backend?: Backend } = {},
): Dlrm {
  const small = { embeddingDim: 4, bottomMlp: [8], topMlp: [8], seed: 3 };
  const { backend = createCpuBackend(), ...rest } = options;
  return new Dlrm({ backend, ...modelConfig(dataset, { ...small, ...rest }) });
}

/** Every number of a model, by name. */
export async function numbersOf(model: Dlrm): Promise<Record<string, unknown>> {
  const numbers: Record<string, unknown> = {};
  for (const { name, role, data } of model.state()) numbers[`${role} ${name}`] = await data();
  return numbers;
}
