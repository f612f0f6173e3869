import { openDataset, type Dataset, type DatasetSchema } from '@ttrec/data';
import { numEmbeddingsOf } from '@ttrec/data/encoding';
import { grownConfig, type TableConfig } from '@ttrec/embeddings';
import { within } from '@ttrec/core';
import { chooseTables } from '../model/choose-tables.ts';
import { readRunEncoding } from './run-encoding.ts';
import { openRun, type Run } from './run.ts';

/**
 * A run that goes on from another, with each table stored so that the rows it had stay where they are and those of new ids
 * come behind them. All tables are then named in its config: what a rule would choose for them could be others.
 *
 * @throws `embeddings/cannot-grow`, naming the table, and what reading the other run throws
 */
export async function grownRun(run: Run, dataset: Dataset): Promise<Run> {
  if (run.from === undefined || run.resumed) return run;
  const { kinds } = run.config;
  const base = await openRun(run.from, { loadedKinds: kinds });
  const { tables, embeddingDim } = base.config.model;
  const now = new Map(dataset.schema.features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  const byName: Record<string, TableConfig> = {};
  for (const { name, numEmbeddings, config } of chooseTables(await schemaOf(base), tables)) {
    try {
      byName[name] = grownConfig(config, { numEmbeddings, embeddingDim }, now.get(name) ?? 0, kinds?.kinds);
    } catch (thrown) {
      throw within(`table "${name}"`, thrown);
    }
  }
  const { model } = run.config;
  return {
    ...run,
    config: { ...run.config, model: { ...model, tables: { default: tables.default, byName } } },
  };
}

/** The tables that a run was trained on, and how many rows they had, without reading its data again if it is files. */
async function schemaOf({ config, baseDirectory, files }: Run): Promise<DatasetSchema> {
  if (config.data.format === 'synthetic') {
    return (await openDataset(config.data, { seed: config.seed, baseDirectory })).schema;
  }
  const { tables } = await readRunEncoding(files);
  const features = tables.map((table) => ({
    name: table.table,
    table: table.table,
    numEmbeddings: numEmbeddingsOf(table),
    multiValued: false,
  }));
  return { dense: [], features };
}
