import type { Backend } from '@ttrec/backend';
import { openDataset, type Dataset } from '@ttrec/data';
import { encodingSchema } from '@ttrec/data/encoding';
import { Dlrm } from '@ttrec/dlrm';
import { STATELESS } from '../../model/model-file.ts';
import type { StoredModel } from '../../model/stored-model.ts';
import { runModelConfig } from './run-model.ts';
import { restoreModelCheckpoint } from './model-checkpoint.ts';
import { readRunEncoding } from '../run-encoding.ts';
import type { Run } from '../run.ts';
import { testedCheckpoint } from './tested-checkpoint.ts';

/** A model of a run. */
export interface StoredRunModel extends StoredModel {
  readonly step: number;
}

export interface StoredModelOptions {
  /** `latest`, `best` or a name; by default the checkpoint that was tested. */
  readonly checkpoint?: string | undefined;
  /** Whether the model keeps its optimizer state, which scoring has no use for; true by default. */
  readonly training?: boolean | undefined;
}

/**
 * The model of a run without its data: what its tables are follows from what training learnt from the data, which the folder holds.
 * @throws `training/no-encoding`, and what `restoreModelCheckpoint` throws; nothing stays allocated then
 */
export async function openStoredModel(
  run: Run,
  backend: Backend,
  { checkpoint, training = true }: StoredModelOptions = {},
): Promise<StoredRunModel> {
  const known = await knownOfData(run);
  const { schema, encoding } = known;
  const name = checkpoint ?? (await testedCheckpoint(run.files));
  const config = runModelConfig(run.config, known);
  const model = new Dlrm({ backend, ...config, ...(training ? {} : { optimizer: STATELESS }) });
  try {
    const found = { config: run.config, encoding };
    const { folder } = run.files;
    const { step } = await restoreModelCheckpoint({ folder, name, model, found, training });
    return { model, schema, encoding, step };
  } catch (thrown) {
    model.dispose();
    throw thrown;
  }
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
