import type { Backend } from '@ttrec/backend';
import type { DatasetSchema } from '@ttrec/data';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import type { TableSpec } from '@ttrec/embeddings';
import type { TableSharding } from '@ttrec/embeddings/model';
import type { TrainConfig } from '../../config/train-config.ts';
import { modelConfig } from '../../model/model-config.ts';

/** The model of a run on a dataset, or on what is known of one. `tables` replaces what the config chooses. */
export function runModelConfig(
  { model, training, seed, kinds }: TrainConfig,
  data: { readonly schema: DatasetSchema; readonly baseRate: number },
  tables?: readonly TableSpec[],
): DlrmConfig {
  return modelConfig(data, {
    ...model,
    optimizer: training.optimizer,
    seed,
    tables: tables ?? model.tables,
    kinds: kinds?.kinds,
  });
}

/** @param sharding of a worker that holds parts of tables, as `placeTables` decides */
export function buildRunModel(
  backend: Backend,
  config: TrainConfig,
  data: { readonly schema: DatasetSchema; readonly baseRate: number },
  sharding?: TableSharding,
): Dlrm {
  return new Dlrm({ backend, ...runModelConfig(config, data), sharding });
}
