import type { Pooling } from '@ttrec/backend';
import { within } from '@ttrec/core';
import { checkList, checkOptions, type OptionRules } from '@ttrec/core/options';
import { error } from './error.ts';
import { kindsWith } from './kinds.ts';
import { poolings } from './lookup/bags.ts';
import { checkTableOptimizer, type OptimizerConfig } from './optimizers/optimizer.ts';
import { tableDemand, type Demand } from './table/kind/require-room.ts';
import type { TableConfig } from './table/config/table-config.ts';
import type { TableCost, TableKind } from './table/kind/table-kind.ts';

/** A table of a model. */
export interface TableSpec {
  readonly name: string;
  readonly numEmbeddings: number;
  readonly config: TableConfig;
  /** The features that read it; one of the table's own name by default. */
  readonly featureNames?: readonly string[] | undefined;
  /** How the bags of its features are pooled; `sum` by default. */
  readonly pooling?: Pooling | undefined;
  /** Kinds of your own that the config names. */
  readonly kinds?: readonly TableKind[] | undefined;
}

export const tableOptions: OptionRules<TableSpec> = {
  name: { required: 'string' },
  numEmbeddings: 'any',
  config: 'any',
  featureNames: 'any',
  pooling: poolings,
  kinds: 'any',
};

export interface PricedTable {
  readonly table: TableSpec;
  readonly cost: TableCost;
}

/** The price of each table, in the order given. Throws what `cost` throws, the table named. */
export function priceTables(
  tables: readonly TableSpec[],
  embeddingDim: number,
  optimizer: OptimizerConfig = { rule: 'sgd' },
): PricedTable[] {
  checkTableOptimizer(optimizer);
  return pricesOf(tables, embeddingDim, optimizer);
}

/** The same for an optimizer that has been checked. */
export function pricesOf(
  tables: readonly TableSpec[],
  embeddingDim: number,
  optimizer: OptimizerConfig,
): PricedTable[] {
  checkList(error, 'bad-collection', 'tables', tables);
  return tables.map((table, t) => {
    checkOptions(error, `tables[${t}]`, table, tableOptions);
    const { name, numEmbeddings, config, kinds } = table;
    try {
      return { table, cost: kindsWith(kinds).cost(config, { numEmbeddings, embeddingDim }, optimizer) };
    } catch (thrown) {
      throw within(`table "${name}"`, thrown);
    }
  });
}

/** What tables take in training, each under its name. */
export function tableDemands(priced: readonly PricedTable[]): Demand[] {
  return priced.map(({ table, cost }) => tableDemand(table.name, cost));
}
