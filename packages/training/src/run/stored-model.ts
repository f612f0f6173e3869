import type { Backend } from '@ttrec/backend';
import { encodingSchema, openDataset, type Dataset, type DatasetSchema } from '@ttrec/data';
import type { Dlrm } from '@ttrec/dlrm';
import { buildRunModel } from './run-model.ts';
import { restoreModelCheckpoint } from './model-checkpoint.ts';
import { readRunEncoding } from './run-encoding.ts';
import type { Run } from './run.ts';
import { testedCheckpoint } from './tested-checkpoint.ts';

export interface StoredModel {
  readonly model: Dlrm;
  readonly schema: DatasetSchema;
  /** Of the weights. */
  readonly step: number;
}

/**
 * The model of a run without its data: what its tables are follows from what training learnt from the data, which the folder holds.
 * @param checkpoint by default the one tested
 * @throws `training/no-encoding`, and what `restoreModelCheckpoint` throws
 */
export async function openStoredModel(run: Run, backend: Backend, checkpoint?: string): Promise<StoredModel> {
  const known = await knownOfData(run);
  const model = buildRunModel(backend, run.config, known);
  const name = checkpoint ?? (await testedCheckpoint(run.files));
  const found = { config: run.config, encoding: known.encoding };
  const { step } = await restoreModelCheckpoint({ folder: run.files.folder, name, model, found });
  return { model, schema: known.schema, step };
}

/** Made-up data is opened, for it is described by its config alone. */
async function knownOfData({
  config,
  files,
}: Run): Promise<Pick<Dataset, 'schema' | 'baseRate' | 'encoding'>> {
  if (config.data.format === 'synthetic') return openDataset(config.data, { seed: config.seed });
  const encoding = await readRunEncoding(files);
  return { schema: encodingSchema(encoding), baseRate: encoding.baseRate, encoding };
}
