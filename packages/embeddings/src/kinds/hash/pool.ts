import { error } from '../../error.ts';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { Gather } from '../../lookup/gather.ts';
import type { RowSource } from '../../rows/row-source.ts';
import { anyTable } from '../../table/config/config-schema.ts';
import type { EmbeddingTable, FitOptions, Lookup, TableContext } from '../../table/embedding-table.ts';
import { largestConfig } from '../../table/config/largest-config.ts';
import type { TableConfig } from '../../table/config/table-config.ts';
import { defineKind, type TableChild } from '../../table/kind/table-kind.ts';
import type { TableSize } from '../../table/table-size.ts';
import { fittingOf } from '../../table/training-parts.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';
import { MAX_BUCKETS } from './hash-config.ts';
import { hashFunction, hashWord, MAX_SEED } from './hash-function.ts';

/** Rows that are made of shared chunks: D / `chunk` of them side by side, each found by a hash function of its own. */
export interface PoolConfig {
  readonly kind: 'pool';
  /** Columns of a chunk, a divisor of D. */
  readonly chunk: number;
  /** Chunks in the pool. */
  readonly buckets: number;
  /** The table of the chunks; `{ kind: 'dense' }` by default. */
  readonly into?: TableConfig;
  readonly seed?: number;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    pool: PoolConfig;
  }
}

/**
 * Desai, Chou and Shrivastava, "Random Offset Block Embedding (ROBE) for Compressed Embedding Tables in Deep Learning Recommendation
 * Systems", MLSys 2022, with chunks that begin at multiples of their length. Few ids share all chunks, as few share a bucket of a hash
 * of as many numbers.
 */
export const poolKind = defineKind<PoolConfig>({
  name: 'pool',
  schema: {
    properties: {
      chunk: { type: 'integer', minimum: 1 },
      buckets: { type: 'integer', minimum: 1, maximum: MAX_BUCKETS },
      into: { ...anyTable, default: { kind: 'dense' } },
      seed: { type: 'integer', minimum: 0, maximum: MAX_SEED },
    },
    required: ['chunk', 'buckets'],
  },
  children: (config, size) => [chunksOf(config, size)],
  cost: (config, { embeddingDim }, _optimizer, [chunks]) => ({
    ...chunks!,
    multiplyAddsPerLookup: (embeddingDim / config.chunk) * chunks!.multiplyAddsPerLookup,
  }),
  create: (config, context, [chunks]) => new PoolTable(config, context, chunks!),
  /** Chunks do not depend on how many ids there are. */
  grow: (config) => config,
  resize: (config, size, bytes, tables) =>
    largestConfig((buckets) => ({ ...config, buckets }), {
      least: 1,
      most: MAX_BUCKETS,
      bytes,
      bytesOf: (resized) => tables.bytes(resized, size),
    }),
  rows(config, graph) {
    const { config: inner, size } = chunksOf(config, graph);
    const { seed = 0, chunk, buckets } = config;
    const chunks = Array.from({ length: graph.embeddingDim / chunk }, (_, p) =>
      graph.child(inner, { size, ids: graph.modulo(graph.hash(graph.ids, hashWord(seed, p)), buckets) }),
    );
    return graph.concatenated(chunks);
  },
});

class PoolTable extends WrappingTable {
  readonly #chunks: EmbeddingTable;
  /** By place in the row: the bucket of an id. */
  readonly #buckets: readonly ((id: number) => number)[];
  readonly #gather: Gather;
  readonly #rows: DistinctRows;

  constructor(config: PoolConfig, context: TableContext, chunks: EmbeddingTable) {
    const { chunk, buckets, seed = 0 } = config;
    super(context, [chunks], JSON.stringify(['pool', chunk, buckets, seed]));
    this.#chunks = chunks;
    this.#buckets = Array.from({ length: context.embeddingDim / chunk }, (_, p) => {
      const hash = hashFunction(seed, p);
      return (id) => hash(id) % buckets;
    });
    const columns = this.#buckets.map((_, p) => p * chunk);
    this.#gather = new Gather(context.backend, chunks, context.name);
    this.#rows = new DistinctRows(context.backend, context, (ids, out, training) => {
      const places = new Uint32Array(ids.length * columns.length);
      this.#buckets.forEach((bucket, p) => {
        for (let i = 0; i < ids.length; i++) places[p * ids.length + i] = bucket(ids[i]!);
      });
      return this.#gather.rows({ ids: places, columns }, out, training);
    });
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#rows.lookup(ids, training);
  }

  /** A chunk becomes the weighted mean of what it stands for. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { leastSquaresRows } = await fittingOf(this.training);
    const perRow = this.#buckets.length;
    const mixture = {
      unknowns: this.#chunks.numEmbeddings,
      terms: 1,
      write: (at: number, places: Float64Array, factors: Float64Array) => {
        places[0] = this.#buckets[at % perRow]!(Math.floor(at / perRow));
        factors[0] = 1;
      },
    };
    await this.#chunks.fit(await leastSquaresRows(inChunks(source, perRow), mixture), options);
  }

  override dispose(): void {
    this.#rows.dispose();
    this.#gather.dispose();
    super.dispose();
  }
}

/** The rows of a source as `perRow` rows each, one after another. */
function inChunks(source: RowSource, perRow: number): RowSource {
  const { numEmbeddings, weights } = source;
  const chunk = source.embeddingDim / perRow;
  return {
    numEmbeddings: numEmbeddings * perRow,
    embeddingDim: chunk,
    weights:
      weights &&
      Float64Array.from({ length: numEmbeddings * perRow }, (_, at) => weights[Math.floor(at / perRow)]!),
    async read(start, end) {
      const first = Math.floor(start / perRow);
      const values = await source.read(first, Math.ceil(end / perRow));
      return values.subarray((start - first * perRow) * chunk, (end - first * perRow) * chunk);
    },
  };
}

/** @throws `embeddings/bad-chunk` */
function chunksOf(
  { chunk, buckets, into = { kind: 'dense' } }: PoolConfig,
  { embeddingDim }: TableSize,
): TableChild {
  if (embeddingDim % chunk === 0)
    return { config: into, size: { numEmbeddings: buckets, embeddingDim: chunk } };
  throw error('bad-chunk', {
    subject: 'table kind "pool", chunk',
    rule: `must divide the embedding dimension ${embeddingDim}`,
    got: chunk,
  });
}
