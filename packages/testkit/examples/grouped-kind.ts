/**
 * A kind of table from outside of @ttrec/embeddings, in one file: neighbouring ids share a row. In a vocabulary ordered
 * by frequency these are ids that occur about equally often, so that no group hangs on one of them.
 */
import {
  denseRows,
  type FitOptions,
  type RowSource,
  type TableConfig,
  type TableSize,
} from '@ttrec/embeddings';
import {
  rowBlocks,
  WrappingTable,
  type EmbeddingTable,
  type Lookup,
  type NestedTables,
  type TableContext,
  type TableKind,
} from '@ttrec/embeddings/kind';

export interface GroupedConfig {
  readonly kind: 'grouped';
  /** Ids that share a row. */
  readonly group: number;
  /** The table of the groups: any kind. */
  readonly into: TableConfig;
}

declare module '@ttrec/embeddings' {
  interface OwnTableConfigs {
    grouped: GroupedConfig;
  }
}

export const groupedKind: TableKind<GroupedConfig> = {
  options: () => ({ kind: { required: ['grouped'] }, group: 'any', into: 'any' }),
  cost: (config, size, optimizer, nested) => nested.cost(config.into, groupsOf(config, size), optimizer),
  create: (config, context, nested) => new GroupedTable(config, context, nested),
};

class GroupedTable extends WrappingTable {
  readonly #group: number;
  readonly #inner: EmbeddingTable;

  constructor(config: GroupedConfig, context: TableContext, nested: NestedTables) {
    const inner = nested.create(config.into, { ...context, ...groupsOf(config, context) });
    super(context, [inner]);
    this.#group = config.group;
    this.#inner = inner;
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#inner.lookup(
      ids.map((id) => Math.floor(id / this.#group)),
      training,
    );
  }

  /** A group becomes the mean of its rows. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { numEmbeddings, embeddingDim } = this.#inner;
    const sums = new Float64Array(numEmbeddings * embeddingDim);
    const counts = new Float64Array(numEmbeddings);
    for await (const { start, rows, values } of rowBlocks(source)) {
      for (let i = 0; i < rows; i++) {
        const group = Math.floor((start + i) / this.#group);
        const weight = source.weights?.[start + i] ?? 1;
        counts[group]! += weight;
        for (let j = 0; j < embeddingDim; j++)
          sums[group * embeddingDim + j]! += weight * values[i * embeddingDim + j]!;
      }
    }
    const means = Float32Array.from(sums, (sum, at) => {
      const count = counts[Math.floor(at / embeddingDim)]!;
      return count === 0 ? 0 : sum / count;
    });
    await this.#inner.fit(denseRows(means, embeddingDim, counts), options);
  }
}

function groupsOf({ group }: GroupedConfig, { numEmbeddings, embeddingDim }: TableSize): TableSize {
  if (!Number.isInteger(group) || group < 1)
    throw new RangeError(`group must be an integer from 1, got ${group}`);
  return { numEmbeddings: Math.ceil(numEmbeddings / group), embeddingDim };
}
