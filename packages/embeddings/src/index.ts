export type { Bags } from './bags.ts';
export { BatchTrieBuilder, type HostTrieLevel } from './batch-trie.ts';
export { EmbeddingBag, type EmbeddingBagOptions } from './embedding-bag.ts';
export {
  EmbeddingBagCollection,
  type EmbeddingBagCollectionOptions,
  type FeatureSpec,
  type TableSpec,
} from './embedding-bag-collection.ts';
export { ValueGrouper, type Groups } from './group-by-value.ts';
export { cost, tableKinds } from './kinds.ts';
export { optimizerRules, type OptimizerConfig } from './optimizer.ts';
export type { DenseConfig, HashConfig, TableConfig, TTConfig } from './table-config.ts';
export type { SparseGradient, TableCost, TableParameter, TableSize } from './table-kind.ts';
