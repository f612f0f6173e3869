import type { Dataset, DatasetSchema } from '@ttrec/data';
import { parseBytes, Planner, type PlanFeature } from '@ttrec/planner';
import { isPlanned, variantConfigs } from '@ttrec/training/compare';
import type { CompareConfig, TrainConfig } from '@ttrec/training/config';
import { planFeatures } from '../plan/plan-features.ts';
import { generatorsOf } from '../plan/own-kinds.ts';
import { plannedTables } from '../plan/plan-model.ts';

/** The training config of each variant on a dataset, whose ids are counted if a variant is planned. Throws what `plannedVariants` throws. */
export async function comparedConfigs(config: CompareConfig, dataset: Dataset): Promise<TrainConfig[]> {
  const features = isPlanned(config) ? await planFeatures(config.data, dataset) : [];
  return plannedVariants(config, dataset.schema, features);
}

/** Throws what `variantConfigs` and `Planner` throw. */
export function plannedVariants(
  config: CompareConfig,
  schema: DatasetSchema,
  features: readonly PlanFeature[],
): TrainConfig[] {
  const { model, training, kinds: modules } = config;
  const generators = generatorsOf(modules);
  const { rule } = training.optimizer.embeddings;
  return variantConfigs(config, schema, ({ bytes, kinds }) => {
    const options = { embeddingDim: model.embeddingDim, optimizer: { rule }, kinds, generators };
    return plannedTables(new Planner(features, options).plan(parseBytes(String(bytes))));
  });
}
