export { EmbeddingBag, type ConvertOptions, type EmbeddingBagOptions } from './embedding-bag.ts';
export {
  EmbeddingBagCollection,
  type EmbeddingBagCollectionOptions,
  type FeatureSpec,
} from './embedding-bag-collection.ts';
export type { CacheStatistics } from './kinds/cached/row-cache.ts';
export {
  cost,
  grownConfig,
  tableKinds,
  type OwnKinds,
  type OwnTableConfigs,
  type TableConfig,
} from './kinds.ts';
export type { Bags } from './lookup/bags.ts';
export { optimizerRules, type OptimizerConfig } from './optimizer.ts';
export { priceTables, type PricedTable, type TableSpec } from './price-tables.ts';
export type { ConversionReport } from './rows/convert-table.ts';
export { denseRows, type RowSource } from './rows/row-source.ts';
export type { TableRows } from './rows/table-rows.ts';
export type { LoadStateOptions } from './state/load-state.ts';
export { stateReader, type StateReader, type StateTensor } from './state/state-tensor.ts';
export type { FitOptions, TableCost, TableSize } from './table/table-kind.ts';
