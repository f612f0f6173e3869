/** For programs that choose, read and show configs of tables. */
export { grownConfig, resizedConfig } from './kinds.ts';
export type { CachedConfig } from './kinds/cached/cached-config.ts';
export type {
  Combination,
  CompositionalConfig,
  HashesConfig,
  QuotientRemainderConfig,
} from './kinds/compositional/compositional-config.ts';
export type { DenseConfig } from './kinds/dense.ts';
export type { HashConfig } from './kinds/hash/hash-config.ts';
export type { PoolConfig } from './kinds/hash/pool.ts';
export type { HotColdConfig } from './kinds/hot-cold.ts';
export type { Int4Config, Int8Config } from './kinds/integers/integers.ts';
export type { LowRankConfig } from './kinds/projected/low-rank.ts';
export type { MixedDimensionConfig } from './kinds/projected/mixed-dimension.ts';
export type { SumConfig } from './kinds/sum.ts';
export type { IntegersConfig } from './kinds/trained-integers/integers-config.ts';
export type { IntegerBits } from './kinds/trained-integers/levels.ts';
export { MAX_CORES, MAX_RANK, type TTConfig } from './kinds/tt/tt-config.ts';
export type { BandsConfig } from './kinds/bands.ts';
export type { PermutedConfig } from './kinds/permuted.ts';
export type { VocabularyLimitConfig } from './kinds/vocabulary-limit.ts';
export { describeTable, kindsWith, rowTables } from './kinds.ts';
export type { ExportedTable, KindRegistry } from './table/kind/kind-registry.ts';
