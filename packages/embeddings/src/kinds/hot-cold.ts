import { makeAll, type Block } from '@ttrec/backend';
import type { OptionRules } from '@ttrec/core';
import { DistinctRows } from '../lookup/distinct-rows.ts';
import { error } from '../error.ts';
import { Gather, type GatherBackward } from '../lookup/gather.ts';
import type { TableConfig } from '../kinds.ts';
import { partContext, rowVariance } from '../table/part-context.ts';
import { rowRange, type RowSource } from '../rows/row-source.ts';
import { sumOfCosts } from '../table/sum-of-costs.ts';
import type {
  BuiltInKind,
  EmbeddingTable,
  FitOptions,
  Lookup,
  NestedTables,
  TableContext,
  TableSize,
} from '../table/table-kind.ts';
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

const options: OptionRules<HotColdConfig> = {
  kind: { required: ['hot-cold'] },
  hot: 'any',
  hotTable: 'any',
  cold: 'any',
};

/** What is frequent has the data to learn rows of its own; what is rare shares them. */
export const hotColdKind: BuiltInKind<HotColdConfig> = {
  options: () => options,
  cost(config, size, optimizer, nested) {
    const [hot, cold] = partsOf(config, size).map((part) => nested.cost(part.config, part.size, optimizer));
    return {
      ...sumOfCosts([hot!, cold!]),
      multiplyAddsPerLookup: Math.max(hot!.multiplyAddsPerLookup, cold!.multiplyAddsPerLookup),
    };
  },
  create: (config, context, nested) => new HotColdTable(config, context, nested),
  /** What is new is cold. */
  grow(config, from, numEmbeddings, nested) {
    const { size } = partsOf(config, from)[1]!;
    return { ...config, cold: nested.grow(config.cold, size, numEmbeddings - config.hot) };
  },
};

class HotColdTable extends WrappingTable {
  readonly #hot: number;
  readonly #tables: readonly EmbeddingTable[];
  readonly #gathers: readonly Gather[];
  readonly #rows: DistinctRows;

  constructor(config: HotColdConfig, context: TableContext, nested: NestedTables) {
    const tables = makeAll(
      partsOf(config, context),
      (part) => {
        const own = partContext(context, part.name, { size: part.size, rowVariance: rowVariance(context) });
        return nested.create(part.config, own);
      },
      (table) => table.dispose(),
    );
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
    const coldIds = ids.subarray(count).map((id) => id - this.#hot);
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

interface Part {
  readonly name: string;
  readonly config: TableConfig;
  readonly size: TableSize;
}

function partsOf(config: HotColdConfig, { numEmbeddings, embeddingDim }: TableSize): Part[] {
  const { hot, hotTable = { kind: 'dense' }, cold } = config;
  if (!Number.isInteger(hot) || hot < 1 || hot >= numEmbeddings) {
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
