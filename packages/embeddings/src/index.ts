export type { Bags } from './bags.ts';
export { BatchTrieBuilder, type HostTrieLevel } from './batch-trie.ts';
export { EmbeddingBag, type EmbeddingBagOptions } from './embedding-bag.ts';
export {
  EmbeddingBagCollection,
  type EmbeddingBagCollectionOptions,
  type FeatureSpec,
} from './embedding-bag-collection.ts';
export { ValueGrouper, type Groups } from './group-by-value.ts';
export { cost, tableKinds } from './kinds.ts';
export {
  checkOptimizer,
  DEFAULT_EPSILON,
  optimizerRules,
  stateLength,
  type OptimizerConfig,
} from './optimizer.ts';
export { priceTables, type PricedTable, type TableSpec } from './price-tables.ts';
export { requireRoom, tableDemands, type Demand } from './require-room.ts';
export type { DenseConfig, HashConfig, TableConfig, TTConfig } from './table-config.ts';
export type { SparseGradient, TableCost, TableParameter, TableSize } from './table-kind.ts';
