import { openDataset, type Dataset, type DatasetSchema } from '@ttrec/data';
import { numEmbeddingsOf } from '@ttrec/data/encoding';
import type { TableConfig, TableSpec } from '@ttrec/embeddings';
import { grownConfig } from '@ttrec/embeddings/configs';
import { within } from '@ttrec/core';
import { chooseTables, type TablesChoice } from '../model/choose-tables.ts';
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
  const schema = await schemaOf(base);
  const grown = (choice: TablesChoice, dim: number): Record<string, TableConfig> => {
    const specs = chooseTables(schema, choice);
    return Object.fromEntries(
      specs.map((table) => [
        table.name,
        grownTable({ ...table, kinds: kinds?.kinds }, dim, now.get(table.name) ?? 0),
      ]),
    );
  };
  const { model } = run.config;
  const { wide } = base.config.model;
  const chosen = wide === true ? { default: { kind: 'dense' as const } } : wide;
  return {
    ...run,
    config: {
      ...run.config,
      model: {
        ...model,
        tables: { default: tables.default, byName: grown(tables, embeddingDim) },
        ...(chosen && { wide: { default: chosen.default, byName: grown(chosen, 1) } }),
      },
    },
  };
}

function grownTable(
  { name, numEmbeddings, config, kinds }: TableSpec,
  embeddingDim: number,
  rows: number,
): TableConfig {
  try {
    return grownConfig(config, { numEmbeddings, embeddingDim }, rows, kinds);
  } catch (thrown) {
    throw within(`table "${name}"`, thrown);
  }
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
