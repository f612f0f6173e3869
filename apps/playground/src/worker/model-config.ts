import type { Dataset } from '@ttrec/data';
import type { DlrmConfig } from '@ttrec/dlrm';
import type { Settings } from '../settings/settings.ts';
import { chooseTables } from '../settings/tables.ts';

/** The model that the settings describe for a dataset; its first prediction is the share of positives. */
export function modelConfig(
  settings: Settings,
  { schema, baseRate }: Pick<Dataset, 'schema' | 'baseRate'>,
): DlrmConfig {
  const sizes = new Map(schema.features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  return {
    denseFeatures: schema.dense.length,
    embeddingDim: settings.embeddingDim,
    tables: chooseTables(
      settings,
      [...sizes].map(([name, numEmbeddings]) => ({ name, numEmbeddings })),
    ),
    features: schema.features.map(({ name, table }) => ({ name, table })),
    bottomMlp: [64],
    topMlp: [64, 32],
    // With one vector a row there is no pair to multiply.
    interaction:
      schema.features.length + Math.min(schema.dense.length, 1) > 1 ? { kind: 'dot' } : { kind: 'cat' },
    optimizer: { embeddings: { rule: 'adagrad' }, dense: { rule: 'adagrad' } },
    seed: settings.seed,
    outputBias: Math.log(baseRate / (1 - baseRate)),
  };
}
