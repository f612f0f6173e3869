import type { Backend } from '@ttrec/backend';
import type { DatasetSchema } from '@ttrec/data';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import type { TableSpec } from '@ttrec/embeddings';
import type { TrainConfig } from '../config/train-config.ts';
import { modelConfig } from '../model/model-config.ts';

/** The model of a run on a dataset, or on what is known of one. `tables` replaces what the config chooses. */
export function runModelConfig(
  { model, training, seed }: TrainConfig,
  data: { readonly schema: DatasetSchema; readonly baseRate: number },
  tables?: readonly TableSpec[],
): DlrmConfig {
  const optimizer = withoutUndefined(training.optimizer);
  return modelConfig(data, { ...model, optimizer, seed, tables: tables ?? model.tables });
}

export function buildRunModel(
  backend: Backend,
  config: TrainConfig,
  data: { readonly schema: DatasetSchema; readonly baseRate: number },
): Dlrm {
  return new Dlrm({ backend, ...runModelConfig(config, data) });
}

/** zod leaves absent options as undefined keys, which the packages' exact types refuse. */
function withoutUndefined({
  embeddings,
  dense,
}: TrainConfig['training']['optimizer']): DlrmConfig['optimizer'] {
  const clean = ({ rule, epsilon }: typeof embeddings) => ({
    rule,
    ...(epsilon === undefined ? {} : { epsilon }),
  });
  return { embeddings: clean(embeddings), dense: clean(dense) };
}
