import type { TableShape } from '@ttrec/backend';
import { checkChoice, checkOptions } from '@ttrec/core';
import { error } from './error.ts';
import { cachedKind } from './kinds/cached/cached.ts';
import { compositionalKind } from './kinds/compositional/compositional.ts';
import { denseKind } from './kinds/dense.ts';
import { hashKind } from './kinds/hash/hash.ts';
import { int4Kind, int8Kind } from './kinds/integers/integers.ts';
import { hotColdKind } from './kinds/hot-cold.ts';
import { lowRankKind } from './kinds/projected/low-rank.ts';
import { mixedDimensionKind } from './kinds/projected/mixed-dimension.ts';
import { ttKind } from './kinds/tt/tt.ts';
import { nestedTables } from './table/nested-tables.ts';
import type { OptimizerConfig } from './optimizer.ts';
import type {
  BuiltInKind,
  EmbeddingTable,
  NestedTables,
  TableContext,
  TableCost,
  TableKind,
  TableSize,
} from './table/table-kind.ts';

/** Every kind, under the name that its config carries: a new one is one more line. */
const builtIn = {
  dense: denseKind,
  tt: ttKind,
  hash: hashKind,
  int8: int8Kind,
  int4: int4Kind,
  'hot-cold': hotColdKind,
  compositional: compositionalKind,
  'low-rank': lowRankKind,
  'mixed-dimension': mixedDimensionKind,
  cached: cachedKind,
};

type ConfigOf<Kind> = Kind extends BuiltInKind<infer Config> ? Config : never;
type BuiltInConfig = ConfigOf<(typeof builtIn)[keyof typeof builtIn]>;
type BuiltInName = BuiltInConfig['kind'];

/** Configs of kinds of your own, by name: declare them here (`declare module '@ttrec/embeddings'`), and configs are checked. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- to be merged into
export interface OwnTableConfigs {}

/** How the rows of a table are stored: a small expression. */
// eslint-disable-next-line @typescript-eslint/no-redundant-type-constituents -- nothing until it is merged into
export type TableConfig = BuiltInConfig | OwnTableConfigs[keyof OwnTableConfigs];

/** Kinds of your own, by the name that their configs carry. */
export type OwnKinds = Readonly<Record<string, TableKind<never>>>;

const byName: { readonly [Kind in BuiltInName]: BuiltInKind<Extract<BuiltInConfig, { kind: Kind }>> } =
  builtIn;

/** The names of the table kinds. */
export const tableKinds = Object.keys(byName) as readonly BuiltInName[];

/**
 * The price of a table, computed from its config alone; nothing is allocated.
 *
 * @param own kinds of your own that the config names
 * @throws `embeddings/unknown-kind`, `embeddings/bad-size`, and what the kind itself refuses
 */
export function cost(
  config: TableConfig,
  size: TableSize,
  optimizer: OptimizerConfig = { rule: 'sgd' },
  own: OwnKinds = {},
): TableCost {
  return tablesOf(own).cost(config, size, optimizer);
}

/**
 * The tables of plain rows in a config, outermost first: what an engine with a device may keep on the host (`placementOf`
 * of @ttrec/backend). Throws what `cost` throws; nothing is allocated.
 */
export function rowTables(config: TableConfig, size: TableSize, own: OwnKinds = {}): TableShape[] {
  cost(config, size, { rule: 'sgd' }, own);
  const found: TableShape[] = [];
  // What a kind wraps it prices, and with that it tells what it wraps.
  const visit: NestedTables = {
    ...tablesOf(own),
    cost(inner, { numEmbeddings, embeddingDim }, optimizer) {
      if (inner.kind === 'dense') found.push({ rows: numEmbeddings, cols: embeddingDim });
      return kindOf(inner, own).cost(inner, { numEmbeddings, embeddingDim }, optimizer, visit);
    },
  };
  visit.cost(config, size, { rule: 'sgd' });
  return found;
}

/** Allocates and initialises a table. Throws what `cost` and `requireRoom` throw, before it allocates. */
export function createTable(config: TableConfig, context: TableContext, own: OwnKinds = {}): EmbeddingTable {
  return tablesOf(own).create(config, context);
}

/**
 * The config of a table with more rows, in which every old one is where it was: the same for kinds whose rows are
 * appended, with a longer first row factor for a TT-matrix, by parts for kinds that have several.
 *
 * @throws `embeddings/cannot-grow`, `embeddings/bad-size`
 */
export function grownConfig(
  config: TableConfig,
  from: TableSize,
  numEmbeddings: number,
  own: OwnKinds = {},
): TableConfig {
  return tablesOf(own).grow(config, from, numEmbeddings);
}

function tablesOf(own: OwnKinds): NestedTables {
  return nestedTables((config) => kindOf(config, own));
}

/** Configs come from files too, so that a kind, or the config inside another, may be missing or misspelt. */
function kindOf(config: TableConfig, own: OwnKinds): TableKind<TableConfig> {
  const name = (config as { readonly kind?: unknown } | null | undefined)?.kind;
  const kind = kindNamed(name, own);
  const subject = `table kind "${name as string}"`;
  if (kind.options) checkOptions<object>(error, subject, config, kind.options(config));
  return kind;
}

function kindNamed(name: unknown, own: OwnKinds): TableKind<TableConfig> {
  const found = tableKinds.find((known) => known === name);
  if (found !== undefined) return byName[found];
  checkChoice(error, 'unknown-kind', 'table kind', name, [...tableKinds, ...Object.keys(own)]);
  return own[name as string] as TableKind<TableConfig>;
}
