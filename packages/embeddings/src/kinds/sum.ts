import { error } from '../error.ts';
import { StackedRows } from '../lookup/combine-rows.ts';
import { DistinctRows } from '../lookup/distinct-rows.ts';
import { Gather } from '../lookup/gather.ts';
import type { RowSource } from '../rows/row-source.ts';
import { anyTable } from '../table/config/config-schema.ts';
import type { EmbeddingTable, FitOptions, Lookup, TableContext } from '../table/embedding-table.ts';
import { sumOfCosts } from '../table/kind/sum-of-costs.ts';
import type { TableConfig } from '../table/config/table-config.ts';
import { defineKind, type TableChild } from '../table/kind/table-kind.ts';
import type { TableSize } from '../table/table-size.ts';
import { fittingOf } from '../table/training-parts.ts';
import { WrappingTable } from '../table/wrapping-table.ts';

/** Rows that are the sums of the rows of several tables, each of any kind and with a row for every id. */
export interface SumConfig {
  readonly kind: 'sum';
  readonly parts: readonly TableConfig[];
  /** What each part is to have of the bytes where the table is resized; equal by default. */
  readonly shares?: readonly number[];
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    sum: SumConfig;
  }
}

/** A `tt` holds what ids share and a `low-rank` table in few bits what is an id's own: their sum holds both. */
export const sumKind = defineKind<SumConfig>({
  name: 'sum',
  schema: {
    properties: {
      parts: { type: 'array', items: anyTable, minItems: 2, maxItems: 8 },
      shares: { type: 'array', items: { type: 'number', exclusiveMinimum: 0 }, minItems: 2, maxItems: 8 },
    },
    required: ['parts'],
  },
  children: partsOf,
  cost: (_config, _size, _optimizer, parts) => sumOfCosts(parts),
  create: (_config, context, tables) => new SumTable(context, tables),
  grow: (config, from, numEmbeddings, tables) => ({
    ...config,
    parts: config.parts.map((part) => tables.grow(part, from, numEmbeddings)),
  }),
  /** Each part to its share; what they leave goes to the first part that can take it. */
  resize(config, size, bytes, tables) {
    const shares = sharesOf(config);
    const parts = config.parts.map((part, t) => tables.resize(part, size, Math.floor(bytes * shares[t]!)));
    config.parts.forEach((part, t) => {
      const others = parts.filter((_, other) => other !== t);
      const taken = others.reduce((sum, other) => sum + tables.bytes(other, size), 0);
      parts[t] = tables.resize(part, size, bytes - taken);
    });
    return { ...config, parts };
  },
  rows: (config, graph) =>
    graph.sum(partsOf(config, graph).map(({ config: part, ...child }) => graph.child(part, child))),
});

class SumTable extends WrappingTable {
  readonly #backend: TableContext['backend'];
  readonly #tables: readonly EmbeddingTable[];
  readonly #gathers: readonly Gather[];
  readonly #stacked: StackedRows;
  readonly #rows: DistinctRows;

  constructor(context: TableContext, tables: readonly EmbeddingTable[]) {
    super(context, tables);
    const { backend, name, embeddingDim } = context;
    this.#backend = backend;
    this.#tables = tables;
    this.#gathers = tables.map((table, t) => new Gather(backend, table, `${name}/part${t}`));
    this.#stacked = new StackedRows(backend, name);
    this.#rows = new DistinctRows(backend, context, (ids, out, training) => {
      const parts = this.#gathers.map((gather) => ({ gather, ids, cols: embeddingDim }));
      return this.#stacked.sum(parts, out, training);
    });
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#rows.lookup(ids, training);
  }

  /** One part after the other, each to what those before it leave of the rows. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { fitOneAfterAnother } = await fittingOf(this.training);
    await fitOneAfterAnother(this.#backend, this.#tables, source, options);
  }

  override dispose(): void {
    this.#rows.dispose();
    this.#stacked.dispose();
    for (const gather of this.#gathers) gather.dispose();
    super.dispose();
  }
}

/** Parts of equal variance, which add up to that of the rows. @throws `embeddings/bad-shares` */
function partsOf(config: SumConfig, { numEmbeddings, embeddingDim }: TableSize): TableChild[] {
  sharesOf(config);
  const { parts } = config;
  return parts.map((part, t) => ({
    name: `part${t}`,
    config: part,
    size: { numEmbeddings, embeddingDim },
    rowVariance: (around) => around / parts.length,
  }));
}

/** Of 1. */
function sharesOf({ parts, shares = parts.map(() => 1) }: SumConfig): number[] {
  if (shares.length !== parts.length) {
    const rule = `must be one for each of the ${parts.length} parts`;
    throw error('bad-shares', { subject: 'table kind "sum", shares', rule, got: shares.length });
  }
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}
