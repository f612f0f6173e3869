import { error } from '../error.ts';
import type { RowSource } from '../rows/row-source.ts';
import { anyTable } from '../table/config/config-schema.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  StoredRows,
  TableContext,
} from '../table/embedding-table.ts';
import { largestConfig } from '../table/config/largest-config.ts';
import type { TableConfig } from '../table/config/table-config.ts';
import { defineKind, type TableChild } from '../table/kind/table-kind.ts';
import type { TableSize } from '../table/table-size.ts';
import { fittingOf } from '../table/training-parts.ts';
import { WrappingTable } from '../table/wrapping-table.ts';

/**
 * The ids below `rows` - 1 have a row each, and all others share one. In a vocabulary ordered by frequency these are the most frequent
 * ids, so that this is a limit of the vocabulary that the bytes decide.
 */
export interface VocabularyLimitConfig {
  readonly kind: 'vocabulary-limit';
  /** 1 to N, the shared one included. */
  readonly rows: number;
  readonly into: TableConfig;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    'vocabulary-limit': VocabularyLimitConfig;
  }
}

export const vocabularyLimitKind = defineKind<VocabularyLimitConfig>({
  name: 'vocabulary-limit',
  schema: {
    properties: { rows: { type: 'integer', minimum: 1 }, into: anyTable },
    required: ['rows', 'into'],
  },
  children: (config, size) => [innerOf(config, size)],
  cost: (_config, _size, _optimizer, [inner]) => inner!,
  create: (config, context, [inner]) => new LimitedTable(config, context, inner!),
  /** New ids share the row of the rare ones. */
  grow: (config) => config,
  /** As many rows as the bytes hold; where bytes hardly follow rows, as in a TT, what else the table inside can change. */
  resize(config, size, bytes, tables) {
    const bytesOf = (resized: VocabularyLimitConfig) => tables.bytes(resized, size);
    const withRows = (rows: number) => ({ ...config, rows });
    const half = Math.ceil(size.numEmbeddings / 2);
    if (bytesOf(withRows(half)) > LEAST_SAVED * bytesOf(withRows(size.numEmbeddings)))
      return { ...config, into: tables.resize(config.into, innerOf(config, size).size, bytes) };
    return largestConfig(withRows, { least: 1, most: size.numEmbeddings, bytes, bytesOf });
  },
  rows(config, graph) {
    const { config: inner, size } = innerOf(config, graph);
    return graph.child(inner, { size, ids: graph.atMost(graph.ids, config.rows - 1) });
  },
});

/** Half the rows of a table that holds each of them take about half its bytes. */
const LEAST_SAVED = 0.75;

class LimitedTable extends WrappingTable {
  readonly #inner: EmbeddingTable;
  readonly #last: number;

  constructor({ rows }: VocabularyLimitConfig, context: TableContext, inner: EmbeddingTable) {
    super(context, [inner], `vocabulary-limit ${rows}`);
    this.#inner = inner;
    this.#last = rows - 1;
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#inner.lookup(this.#limited(ids), training);
  }

  storedRows(ids: Uint32Array): StoredRows | undefined {
    return this.#inner.storedRows?.(this.#limited(ids));
  }

  #limited(ids: Uint32Array): Uint32Array {
    return ids.map((id) => Math.min(id, this.#last));
  }

  /** The shared row becomes the weighted mean of its rows. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { leastSquaresRows } = await fittingOf(this.training);
    const limited = await leastSquaresRows(source, {
      unknowns: this.#last + 1,
      terms: 1,
      write: (id, places, factors) => {
        places[0] = Math.min(id, this.#last);
        factors[0] = 1;
      },
    });
    await this.#inner.fit(limited, options);
  }
}

/** @throws `embeddings/bad-rows-limit` */
function innerOf(
  { rows, into }: VocabularyLimitConfig,
  { numEmbeddings, embeddingDim }: TableSize,
): TableChild {
  if (rows <= numEmbeddings) return { config: into, size: { numEmbeddings: rows, embeddingDim } };
  throw error('bad-rows-limit', {
    subject: 'table kind "vocabulary-limit", rows',
    rule: `must be an integer from 1 to the ${numEmbeddings} rows of the table`,
    got: rows,
  });
}
