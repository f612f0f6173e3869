import type { Backend } from '@ttrec/backend';
import type { Dataset, DatasetSchema } from '@ttrec/data';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import type { TableSpec } from '@ttrec/embeddings';
import type { TrainConfig } from '../config/train-config.ts';
import { chooseTables, featureSpecs } from './choose-tables.ts';

/** The model that a config and a dataset's schema describe. `tables` replaces what the config chooses. */
export function modelConfig(
  config: TrainConfig,
  dataset: { readonly schema: DatasetSchema; readonly baseRate: number },
  tables: readonly TableSpec[] = chooseTables(dataset.schema, config.model.tables),
): DlrmConfig {
  const { embeddingDim, bottomMlp, topMlp, interaction, pooling, outputBias } = config.model;
  return {
    denseFeatures: dataset.schema.dense.length,
    embeddingDim,
    tables,
    features: featureSpecs(dataset.schema, pooling),
    bottomMlp,
    topMlp,
    interaction,
    optimizer: withoutUndefined(config.training.optimizer),
    seed: config.seed,
    outputBias: outputBias === 'base-rate' ? logit(dataset.baseRate) : 0,
  };
}

export function buildModel(
  backend: Backend,
  config: TrainConfig,
  dataset: Dataset,
  tables?: readonly TableSpec[],
): Dlrm {
  return new Dlrm(backend, modelConfig(config, dataset, tables));
}

/** Finite: training rows of one class are refused when the data is opened. */
function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
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
