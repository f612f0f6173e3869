import { type Block } from '@ttrec/backend';
import { error } from '../error.ts';
import { DistinctRows } from '../lookup/distinct-rows.ts';
import { Gather, type GatherBackward } from '../lookup/gather.ts';
import type { RowSource } from '../rows/row-source.ts';
import { anyTable } from '../table/config/config-schema.ts';
import type { EmbeddingTable, FitOptions, Lookup, TableContext } from '../table/embedding-table.ts';
import type { TableConfig } from '../table/config/table-config.ts';
import { sumOfCosts } from '../table/kind/sum-of-costs.ts';
import { defineKind, type TableChild } from '../table/kind/table-kind.ts';
import type { TableSize } from '../table/table-size.ts';
import { fittingOf } from '../table/training-parts.ts';
import { WrappingTable } from '../table/wrapping-table.ts';

/**
 * The ids below `hot` in one table, the rest in another. In a vocabulary ordered by frequency these are the most frequent
 * ids, and no map is needed.
 */
export interface HotColdConfig {
  readonly kind: 'hot-cold';
  /** 1 to N - 1. */
  readonly hot: number;
  /** `{ kind: 'dense' }` by default. */
  readonly hotTable?: TableConfig;
  readonly cold: TableConfig;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    'hot-cold': HotColdConfig;
  }
}

/** What is frequent has the data to learn rows of its own; what is rare shares them. */
export const hotColdKind = defineKind<HotColdConfig>({
  name: 'hot-cold',
  schema: {
    properties: {
      hot: { type: 'integer', minimum: 1 },
      hotTable: { ...anyTable, default: { kind: 'dense' } },
      cold: anyTable,
    },
    required: ['hot', 'cold'],
  },
  children: partsOf,
  cost: (_config, _size, _optimizer, [hot, cold]) => ({
    ...sumOfCosts([hot!, cold!]),
    multiplyAddsPerLookup: Math.max(hot!.multiplyAddsPerLookup, cold!.multiplyAddsPerLookup),
  }),
  create: (config, context, tables) => new HotColdTable(config, context, tables),
  /** What is new is cold. */
  grow(config, from, numEmbeddings, tables) {
    const [, { size }] = partsOf(config, from);
    return { ...config, cold: tables.grow(config.cold, size, numEmbeddings - config.hot) };
  },
  /** What the hot rows leave goes to the cold table. */
  resize(config, size, bytes, tables) {
    const [hot, cold] = partsOf(config, size);
    const left = bytes - tables.bytes(hot.config, hot.size);
    return { ...config, cold: tables.resize(cold.config, cold.size, left) };
  },
  /** Both tables are looked up for every id, with an id of their own for those of the other, and the right row is taken. */
  rows(config, graph) {
    const { ids } = graph;
    const [hot, cold] = partsOf(config, graph);
    const below = graph.child(hot.config, { ...hot, ids: graph.atMost(ids, config.hot - 1) });
    const others = graph.child(cold.config, { ...cold, ids: graph.atLeast(graph.plus(ids, -config.hot), 0) });
    return graph.choose(ids, config.hot, { below, others });
  },
});

class HotColdTable extends WrappingTable {
  readonly #hot: number;
  readonly #tables: readonly EmbeddingTable[];
  readonly #gathers: readonly Gather[];
  readonly #rows: DistinctRows;

  constructor(config: HotColdConfig, context: TableContext, tables: readonly EmbeddingTable[]) {
    super(context, tables, `hot-cold ${config.hot}`);
    this.#hot = config.hot;
    this.#tables = tables;
    this.#gathers = tables.map((table) => new Gather(context.backend, table, context.name));
    this.#rows = new DistinctRows(context.backend, context, (...args) => this.#compute(...args));
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#rows.lookup(ids, training);
  }

  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { rowRange } = await fittingOf(this.training);
    const [hot, cold] = this.#tables;
    await hot!.fit(rowRange(source, 0, this.#hot), options);
    await cold!.fit(rowRange(source, this.#hot, this.numEmbeddings), options);
  }

  override dispose(): void {
    this.#rows.dispose();
    for (const gather of this.#gathers) gather.dispose();
    super.dispose();
  }

  /** Distinct ids ascend, so that the hot ones come first. */
  #compute(ids: Uint32Array, out: Block, training: boolean): GatherBackward {
    const count = countBelow(ids, this.#hot);
    const [hot, cold] = this.#gathers as [Gather, Gather];
    const parts = (block: Block): [Block, Block] => [
      { ...block, rows: count },
      { ...block, row: block.row + count, rows: block.rows - count },
    ];
    const [hotRows, coldRows] = parts(out);
    const hotBackward = hot.rows({ ids: ids.subarray(0, count) }, hotRows, training);
    const coldIds = ids.slice(count);
    for (let i = 0; i < coldIds.length; i++) coldIds[i]! -= this.#hot;
    const coldBackward = cold.rows({ ids: coldIds }, coldRows, training);
    return (gradRows) => {
      const [hotGradients, coldGradients] = parts(gradRows);
      return [...hotBackward(hotGradients), ...coldBackward(coldGradients)];
    };
  }
}

/** How many of ascending ids are below `bound`. O(log U). */
function countBelow(ids: Uint32Array, bound: number): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function partsOf(
  { hot, hotTable = { kind: 'dense' }, cold }: HotColdConfig,
  { numEmbeddings, embeddingDim }: TableSize,
): [TableChild, TableChild] {
  if (hot >= numEmbeddings) {
    throw error('bad-hot', {
      subject: 'table kind "hot-cold", hot',
      rule: `must be an integer from 1 to ${numEmbeddings - 1}, so that both tables have rows`,
      got: hot,
      hint: 'A table with fewer rows than that is better stored as "dense".',
    });
  }
  return [
    { name: 'hot', config: hotTable, size: { numEmbeddings: hot, embeddingDim } },
    { name: 'cold', config: cold, size: { numEmbeddings: numEmbeddings - hot, embeddingDim } },
  ];
}
