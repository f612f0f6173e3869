import { checkArgument } from '@ttrec/core/options';
import { error } from '../error.ts';
import type { DatasetSchema } from '@ttrec/data';
import { schemaConfig, type DlrmConfig, type SchemaOptions } from '@ttrec/dlrm';
import { chooseTables, type TablesChoice } from './choose-tables.ts';

/** What a dataset does not say about its model. Everything has a default. */
export interface ModelOptions extends Omit<SchemaOptions, 'tables' | 'outputBias' | 'seed'> {
  /** How tables are stored: also by name and size. */
  readonly tables?: TablesChoice | SchemaOptions['tables'];
  /** 1 by default, as in the config of a run. */
  readonly seed?: number | undefined;
  /** The first prediction: the base rate of the training rows, or one half; the base rate by default. */
  readonly outputBias?: 'base-rate' | 'zero' | undefined;
}

/**
 * The config of a model for a dataset: as many dense features, tables and features as the schema has.
 *
 * @param data a dataset, or what is known of one
 * @throws `training/unknown-table`, `training/bad-count`, and what `schemaConfig` throws
 */
export function modelConfig(
  data: { readonly schema: DatasetSchema; readonly baseRate: number },
  { tables, outputBias = 'base-rate', seed = 1, ...options }: ModelOptions = {},
): DlrmConfig {
  checkArgument(
    error,
    'modelConfig, data',
    data,
    'a dataset, or its schema and base rate',
    'schema',
    'baseRate',
  );
  const { schema, baseRate } = data;
  return schemaConfig(schema, {
    ...options,
    seed,
    tables: tables && 'default' in tables ? chooseTables(schema, tables) : tables,
    outputBias: outputBias === 'base-rate' ? logit(baseRate) : 0,
  });
}

/** Finite: training rows of one class are refused when the data is opened. */
function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
}
