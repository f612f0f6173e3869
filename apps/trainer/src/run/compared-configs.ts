import type { Dataset } from '@ttrec/data';
import type { CompareConfig, TrainConfig } from '@ttrec/training/config';
import { planFeatures } from '../plan/plan-features.ts';
import { isPlanned, variantConfigs } from './variant-configs.ts';

/** The training config of each variant on a dataset, whose ids are counted where a variant is planned. Throws what `variantConfigs` throws. */
export async function comparedConfigs(config: CompareConfig, dataset: Dataset): Promise<TrainConfig[]> {
  const features = isPlanned(config) ? await planFeatures(config.data, dataset) : [];
  return variantConfigs(config, dataset.schema, features);
}
