import { error } from '../error.ts';
import { anyTable } from '../table/config/config-schema.ts';
import type { TableConfig } from '../table/config/table-config.ts';
import { defineKind, type TableChild } from '../table/kind/table-kind.ts';
import type { TableSize } from '../table/table-size.ts';

/**
 * A table for each range of ids, such as rows in fewer bits the rarer the ids of a vocabulary in order of frequency. Short for `hot-cold`
 * in `hot-cold`, which it is made of.
 */
export interface BandsConfig {
  readonly kind: 'bands';
  /** Where the second and each further band begins: rising, above 0 and below N. */
  readonly edges: readonly number[];
  /** One more than edges. */
  readonly tables: readonly TableConfig[];
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    bands: BandsConfig;
  }
}

/** Bands, at most. */
const MOST = 16;

export const bandsKind = defineKind<BandsConfig>({
  name: 'bands',
  schema: {
    properties: {
      edges: { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 1, maxItems: MOST - 1 },
      tables: { type: 'array', items: anyTable, minItems: 2, maxItems: MOST },
    },
    required: ['edges', 'tables'],
  },
  children: (config, size) => [nested(config, size)],
  cost: (_config, _size, _optimizer, [inner]) => inner!,
  create: (_config, _context, [inner]) => inner!,
  /** What is new is of the last band. */
  grow: (config, from, numEmbeddings, tables) =>
    withLast(config, (last, start) => tables.grow(last, rowsFrom(start, from), numEmbeddings - start)),
  /** What the others leave goes to the last band. */
  resize: (config, size, bytes, tables) =>
    withLast(config, (last, start) => {
      const own = rowsFrom(start, size);
      const others = tables.bytes(config, size) - tables.bytes(last, own);
      return tables.resize(last, own, bytes - others);
    }),
  rows(config, graph) {
    const { config: inner } = nested(config, graph);
    return graph.child(inner, {});
  },
});

/** @throws `embeddings/bad-edges` */
function nested({ edges, tables }: BandsConfig, size: TableSize): TableChild {
  const { numEmbeddings } = size;
  const isRising = edges.every((edge, e) => edge > (edges[e - 1] ?? 0) && edge < numEmbeddings);
  if (!isRising || edges.length !== tables.length - 1) {
    throw error('bad-edges', {
      subject: 'table kind "bands", edges',
      rule: `must be ${tables.length - 1} rising integers from 1 to ${numEmbeddings - 1}, one fewer than tables`,
      got: edges,
    });
  }
  const config = tables.reduceRight((cold, hotTable, band) => {
    const hot = edges[band]! - (edges[band - 1] ?? 0);
    return { kind: 'hot-cold', hot, hotTable, cold };
  });
  return { config, size };
}

function withLast(config: BandsConfig, made: (last: TableConfig, start: number) => TableConfig): BandsConfig {
  const { edges, tables } = config;
  return { ...config, tables: [...tables.slice(0, -1), made(tables.at(-1)!, edges.at(-1)!)] };
}

function rowsFrom(start: number, { numEmbeddings, embeddingDim }: TableSize): TableSize {
  return { numEmbeddings: numEmbeddings - start, embeddingDim };
}
