import type { TableShape } from '@ttrec/backend';
import { nearest } from '@ttrec/core';
import { error } from './error.ts';
import { cachedKind } from './kinds/cached.ts';
import { compositionalKind } from './kinds/compositional.ts';
import { denseKind } from './kinds/dense.ts';
import { hashKind } from './kinds/hash.ts';
import { int4Kind, int8Kind } from './kinds/int8.ts';
import { hotColdKind } from './kinds/hot-cold.ts';
import { lowRankKind } from './kinds/low-rank.ts';
import { mixedDimensionKind } from './kinds/mixed-dimension.ts';
import { ttKind } from './kinds/tt.ts';
import { checkOptimizer, type OptimizerConfig } from './optimizer.ts';
import { requireRoom, tableDemand } from './require-room.ts';
import type {
  EmbeddingTable,
  NestedTables,
  TableContext,
  TableCost,
  TableKind,
  TableSize,
} from './table-kind.ts';

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

type ConfigOf<Kind> = Kind extends TableKind<infer Config> ? Config : never;
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

const byName: { readonly [Kind in BuiltInName]: TableKind<Extract<BuiltInConfig, { kind: Kind }>> } = builtIn;

const MAX_EMBEDDINGS = 2 ** 32;

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
  const found: TableShape[] = [];
  // What a kind wraps it prices, and with that it tells what it wraps.
  const visit: NestedTables = {
    ...tablesOf(own),
    cost(inner, { numEmbeddings, embeddingDim }, optimizer) {
      if (inner.kind === 'dense') found.push({ rows: numEmbeddings, cols: embeddingDim });
      return kindOf(inner, own).cost(inner, { numEmbeddings, embeddingDim }, optimizer, visit);
    },
  };
  checkSize(size);
  visit.cost(config, size, { rule: 'sgd' });
  return found;
}

/** Allocates and initialises a table. Throws what `cost` and `requireRoom` throw, before it allocates. */
export function createTable(config: TableConfig, context: TableContext, own: OwnKinds = {}): EmbeddingTable {
  return tablesOf(own).create(config, context);
}

/**
 * The config of a table with more rows, in which every old one is where it was: the same for kinds whose rows are
 * appended, with a longer first row factor for a tensor train, by parts for kinds that have several.
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
  const nested: NestedTables = {
    cost(config, size, optimizer) {
      checkOptimizer(optimizer);
      checkSize(size);
      return kindOf(config, own).cost(config, size, optimizer, nested);
    },
    create(config, context) {
      requireRoom(context.backend, [
        tableDemand(context.name, nested.cost(config, context, context.optimizer)),
      ]);
      return kindOf(config, own).create(config, context, nested);
    },
    grow(config, from, numEmbeddings) {
      checkSize({ ...from, numEmbeddings });
      requireMore(from, numEmbeddings);
      const kind = kindOf(config, own);
      if (kind.grow) return kind.grow(config, from, numEmbeddings, nested);
      throw error('cannot-grow', {
        subject: `table kind "${config.kind}"`,
        rule: 'must be one to which rows can be appended',
        hint: 'Tables of integers are made of a trained one: grow that one, and convert it again.',
      });
    },
  };
  return nested;
}

/** Configs come from files too, so that a kind, or the config inside another, may be missing. */
function kindOf(config: { readonly kind?: string } | undefined, own: OwnKinds): TableKind<TableConfig> {
  const name = config?.kind;
  const found = tableKinds.find((known) => known === name);
  if (found !== undefined) return byName[found];
  if (name !== undefined && Object.hasOwn(own, name)) return own[name] as TableKind<TableConfig>;
  const known = [...tableKinds, ...Object.keys(own)];
  const near = nearest(name ?? '', known);
  throw error('unknown-kind', {
    subject: 'table kind',
    rule: `must be one of ${known.join(', ')}`,
    got: name,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

function requireMore(from: TableSize, numEmbeddings: number): void {
  if (numEmbeddings >= from.numEmbeddings) return;
  throw error('cannot-grow', {
    subject: 'numEmbeddings of a grown table',
    rule: `must be at least the ${from.numEmbeddings} there are`,
    got: numEmbeddings,
  });
}

function checkSize({ numEmbeddings, embeddingDim }: TableSize): void {
  if (!Number.isInteger(numEmbeddings) || numEmbeddings < 1 || numEmbeddings > MAX_EMBEDDINGS) {
    throw error('bad-size', {
      subject: 'numEmbeddings',
      rule: `must be an integer from 1 to ${MAX_EMBEDDINGS}`,
      got: numEmbeddings,
    });
  }
  if (!Number.isInteger(embeddingDim) || embeddingDim < 1) {
    throw error('bad-size', {
      subject: 'embeddingDim',
      rule: 'must be an integer from 1',
      got: embeddingDim,
    });
  }
}
