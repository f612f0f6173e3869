import { checkList, checkObject } from '@ttrec/core/options';
import type { TableShape } from '@ttrec/backend';
import { error } from './error.ts';
import { bandsKind } from './kinds/bands.ts';
import { cachedKind } from './kinds/cached/cached.ts';
import { compositionalKind } from './kinds/compositional/compositional.ts';
import { denseKind } from './kinds/dense.ts';
import { hashKind } from './kinds/hash/hash.ts';
import { poolKind } from './kinds/hash/pool.ts';
import { hotColdKind } from './kinds/hot-cold.ts';
import { int4Kind, int8Kind } from './kinds/integers/integers.ts';
import { permutedKind } from './kinds/permuted.ts';
import { lowRankKind } from './kinds/projected/low-rank.ts';
import { mixedDimensionKind } from './kinds/projected/mixed-dimension.ts';
import { sumKind } from './kinds/sum.ts';
import { integersKind } from './kinds/trained-integers/trained-integers.ts';
import { ttKind } from './kinds/tt/tt.ts';
import { vocabularyLimitKind } from './kinds/vocabulary-limit.ts';
import { checkTableOptimizer, type OptimizerConfig } from './optimizers/optimizer.ts';
import { KindRegistry } from './table/kind/kind-registry.ts';
import type { TableConfig } from './table/config/table-config.ts';
import type { TableCost, TableKind } from './table/kind/table-kind.ts';
import type { TableSize } from './table/table-size.ts';

/** Every kind of the package: a new one is one more line. */
const builtIn: readonly TableKind[] = [
  denseKind,
  ttKind,
  hashKind,
  int8Kind,
  int4Kind,
  hotColdKind,
  compositionalKind,
  lowRankKind,
  mixedDimensionKind,
  cachedKind,
  integersKind,
  sumKind,
  vocabularyLimitKind,
  poolKind,
  permutedKind,
  bandsKind,
];

/** The names of the table kinds. */
export const tableKinds: readonly string[] = builtIn.map(({ name }) => name);

const registry = new KindRegistry(builtIn);

/** The kinds of the package, and kinds of your own. @throws `embeddings/duplicate-kind`, `embeddings/bad-option` */
export function kindsWith(own: readonly TableKind[] = []): KindRegistry {
  checkList(error, 'bad-option', 'kinds', own);
  for (const [k, kind] of own.entries()) checkObject(error, 'bad-option', `kinds[${k}]`, kind);
  return own.length === 0 ? registry : new KindRegistry([...builtIn, ...own]);
}

/**
 * The cost of a table, computed from its config alone; nothing is allocated.
 *
 * @param own kinds of your own that the config names
 * @throws `embeddings/unknown-kind`, `…/unknown-option`, `…/bad-option`, `…/bad-size`, and what the kind throws
 */
export function cost(
  config: TableConfig,
  size: TableSize,
  optimizer: OptimizerConfig = { rule: 'sgd' },
  own?: readonly TableKind[],
): TableCost {
  checkTableOptimizer(optimizer);
  return kindsWith(own).cost(config, size, optimizer);
}

/**
 * The config of a table with more rows, in which every old one is where it was: the same for kinds whose rows are
 * appended, with a longer first row factor for a TT-matrix, by parts for kinds that have several.
 *
 * @throws `embeddings/cannot-grow`, `embeddings/bad-size`, and what `cost` throws
 */
export function grownConfig(
  config: TableConfig,
  from: TableSize,
  numEmbeddings: number,
  own?: readonly TableKind[],
): TableConfig {
  return kindsWith(own).grow(config, from, numEmbeddings);
}

/**
 * The config of the same kind whose table takes as many of `bytes` as it can: other buckets of a hash, ranks of a TT-matrix,
 * columns of a projection. When even the smallest takes more, the smallest; of kinds with nothing to choose, the same config.
 *
 * Throws `embeddings/bad-bytes`, and what `cost` throws.
 */
export function resizedConfig(
  config: TableConfig,
  size: TableSize,
  bytes: number,
  own?: readonly TableKind[],
): TableConfig {
  return kindsWith(own).resize(config, size, bytes);
}

/**
 * The tables of plain rows in a config, outermost first: what an engine with a device may keep on the host (`placementOf`
 * of @ttrec/backend). Throws what `cost` throws; nothing is allocated.
 */
export function rowTables(config: TableConfig, size: TableSize, own?: readonly TableKind[]): TableShape[] {
  const kinds = kindsWith(own);
  kinds.cost(config, size, { rule: 'sgd' });
  const tablesIn = (inner: TableConfig, { numEmbeddings, embeddingDim }: TableSize): TableShape[] => {
    const rows = inner.kind === 'dense' ? [{ rows: numEmbeddings, cols: embeddingDim }] : [];
    const inside = kinds.children(inner, { numEmbeddings, embeddingDim });
    return [...rows, ...inside.flatMap((child) => tablesIn(child.config, child.size))];
  };
  return tablesIn(config, size);
}

/** `hash→tt`, `hot-cold(dense, tt)`: a config's kind, and those of the configs in it. */
export function describeTable(config: TableConfig, own?: readonly TableKind[]): string {
  const kinds = kindsWith(own);
  const inside = kinds.tablesIn(config).map((inner) => describeTable(inner, own));
  if (inside.length < 2) return [config.kind, ...inside].join('→');
  return `${config.kind}(${inside.join(', ')})`;
}
