export { EmbeddingBag, type ConvertOptions, type EmbeddingBagOptions } from './embedding-bag.ts';
export {
  EmbeddingBagCollection,
  type EmbeddingBagCollectionOptions,
  type FeatureSpec,
} from './embedding-bag-collection.ts';
export { cost, grownConfig, resizedConfig, tableKinds } from './kinds.ts';
export type { Bags } from './lookup/bags.ts';
export { optimizerRules, type OptimizerConfig } from './optimizer.ts';
export { priceTables, type PricedTable, type TableSpec } from './price-tables.ts';
export type { ConversionReport } from './rows/convert-table.ts';
export { denseRows, type RowSource } from './rows/row-source.ts';
export type { TableRows } from './rows/table-rows.ts';
export type { LoadStateOptions } from './state/load-state.ts';
export { stateReader, type StateReader, type StateTensor } from './state/state-tensor.ts';
export type { FitOptions } from './table/embedding-table.ts';
export type { TableConfig } from './table/table-config.ts';
export type { TableCost, TableKind } from './table/table-kind.ts';
export type { TableSize } from './table/table-size.ts';
export type { CacheStatistics } from './table/table-maintenance.ts';
