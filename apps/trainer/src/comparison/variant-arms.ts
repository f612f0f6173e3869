import type { Dataset } from '@ttrec/data';
import { chooseTables } from '@ttrec/training';
import type { CompareConfig } from '@ttrec/training/config';
import { comparedConfigs } from '../run/compared-configs.ts';
import type { Arm } from './arms.ts';

/** The variants of a config as arms of their own size. Throws what `comparedConfigs` throws. */
export async function variantArms(config: CompareConfig, dataset: Dataset): Promise<Arm[]> {
  const configs = await comparedConfigs(config, dataset);
  return configs.map(({ name, model, kinds }) => ({
    name,
    meaning: 'a variant of the config',
    hasOwnSize: true,
    tables: ({ features }) =>
      chooseTables(dataset.schema, model.tables, kinds?.kinds).map((table) => ({
        ...table,
        numEmbeddings: features.find((feature) => feature.name === table.name)!.numEmbeddings,
      })),
  }));
}
