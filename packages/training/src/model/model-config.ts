import type { DatasetSchema } from '@ttrec/data';
import type { DlrmConfig } from '@ttrec/dlrm';
import type { FeatureSpec, TableConfig, TableSpec } from '@ttrec/embeddings';
import { chooseTables, type TablesChoice } from './choose-tables.ts';

/** What a dataset does not say about its model. Everything has a default. */
export interface ModelOptions {
  /** D; 16 by default. */
  readonly embeddingDim?: number | undefined;
  /** Hidden widths; `[64]` and `[64, 32]` by default. */
  readonly bottomMlp?: readonly number[] | undefined;
  readonly topMlp?: readonly number[] | undefined;
  /** By default dot products of all pairs; all vectors side by side where there is only one. */
  readonly interaction?: DlrmConfig['interaction'] | undefined;
  /** Of the bags of every feature; `sum` by default. */
  readonly pooling?: 'sum' | 'mean' | undefined;
  /** How tables are stored: a choice by name and size, a function of the table, or the specs themselves; dense by default. */
  readonly tables?:
    | TablesChoice
    | ((table: { readonly name: string; readonly numEmbeddings: number }) => TableConfig)
    | readonly TableSpec[]
    | undefined;
  /** Adagrad by default. */
  readonly optimizer?: DlrmConfig['optimizer'] | undefined;
  /** 1 by default. */
  readonly seed?: number | undefined;
  /** The first prediction: the base rate of the training rows, or one half; the base rate by default. */
  readonly outputBias?: 'base-rate' | 'zero' | undefined;
}

/**
 * The config of a model for a dataset: as many dense features, tables and features as the schema has.
 *
 * @param data a dataset, or what is known of one
 * @throws `training/unknown-table`, `training/bad-count`
 */
export function modelConfig(
  data: { readonly schema: DatasetSchema; readonly baseRate: number },
  options: ModelOptions = {},
): DlrmConfig {
  const { schema, baseRate } = data;
  const vectors = schema.features.length + Math.min(schema.dense.length, 1);
  const { pooling = 'sum', outputBias = 'base-rate', optimizer } = options;
  return {
    denseFeatures: schema.dense.length,
    embeddingDim: options.embeddingDim ?? 16,
    tables: tablesOf(schema, options.tables),
    features: schema.features.map(({ name, table }): FeatureSpec => ({ name, table, pooling })),
    bottomMlp: options.bottomMlp ?? [64],
    topMlp: options.topMlp ?? [64, 32],
    interaction: options.interaction ?? (vectors > 1 ? { kind: 'dot' } : { kind: 'cat' }),
    optimizer: optimizer ?? { embeddings: { rule: 'adagrad' }, dense: { rule: 'adagrad' } },
    seed: options.seed ?? 1,
    outputBias: outputBias === 'base-rate' ? logit(baseRate) : 0,
  };
}

function tablesOf(schema: DatasetSchema, tables: ModelOptions['tables']): readonly TableSpec[] {
  if (Array.isArray(tables)) return tables as readonly TableSpec[];
  if (typeof tables !== 'function') {
    return chooseTables(schema, (tables as TablesChoice | undefined) ?? { default: { kind: 'dense' } });
  }
  const sizes = new Map(schema.features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  return [...sizes].map(([name, numEmbeddings]) => {
    return { name, numEmbeddings, config: tables({ name, numEmbeddings }) };
  });
}

/** Finite: training rows of one class are refused when the data is opened. */
function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
}
