/**
 * A kind of table from outside of @ttrec/embeddings, in one file: neighbouring ids share a row. In a vocabulary ordered
 * by frequency these are ids that occur about equally often, so that no group hangs on one of them.
 */
import { denseRows, type FitOptions, type RowSource, type TableConfig } from '@ttrec/embeddings';
import {
  anyTable,
  defineKind,
  largestConfig,
  rowBlocks,
  WrappingTable,
  type EmbeddingTable,
  type Lookup,
  type TableContext,
} from '@ttrec/embeddings/kind';

export interface GroupedConfig {
  readonly kind: 'grouped';
  /** Ids that share a row. */
  readonly group: number;
  /** The table of the groups: any kind. */
  readonly into: TableConfig;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    grouped: GroupedConfig;
  }
}

export const groupedKind = defineKind<GroupedConfig>({
  name: 'grouped',
  schema: {
    properties: { group: { type: 'integer', minimum: 1 }, into: anyTable },
    required: ['group', 'into'],
  },
  children: ({ group, into }, { numEmbeddings, embeddingDim }) => [
    { config: into, size: { numEmbeddings: Math.ceil(numEmbeddings / group), embeddingDim } },
  ],
  cost: (_config, _size, _optimizer, [groups]) => groups!,
  create: (config, context, [groups]) => new GroupedTable(config, context, groups!),
  /** The smaller the groups, the more bytes. */
  resize: (config, size, bytes, tables) =>
    largestConfig((divisor) => ({ ...config, group: Math.ceil(size.numEmbeddings / divisor) }), {
      least: 1,
      most: size.numEmbeddings,
      bytes,
      bytesOf: (resized) => tables.bytes(resized, size),
    }),
  rows: ({ group, into }, graph) =>
    graph.child(into, {
      size: { ...graph, numEmbeddings: Math.ceil(graph.numEmbeddings / group) },
      ids: graph.dividedBy(graph.ids, group),
    }),
});

class GroupedTable extends WrappingTable {
  readonly #group: number;
  readonly #groups: EmbeddingTable;

  constructor(config: GroupedConfig, context: TableContext, groups: EmbeddingTable) {
    super(context, [groups]);
    this.#group = config.group;
    this.#groups = groups;
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#groups.lookup(
      ids.map((id) => Math.floor(id / this.#group)),
      training,
    );
  }

  /** A group becomes the mean of its rows. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { numEmbeddings, embeddingDim } = this.#groups;
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
    await this.#groups.fit(denseRows(means, embeddingDim, counts), options);
  }
}
