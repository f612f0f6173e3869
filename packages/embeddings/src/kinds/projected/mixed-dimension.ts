import { anyTable } from '../../table/config/config-schema.ts';
import type { TableConfig } from '../../table/config/table-config.ts';
import { defineKind } from '../../table/kind/table-kind.ts';
import { projectedKind } from './projected-kind.ts';

/**
 * A table of `dim` columns, projected to D: what is rare needs fewer numbers. As the cold table of a `hot-cold` one, or
 * for each table its own `dim`, this is the method of Ginart, Naumov, Mudigere, Yang and Zou, "Mixed Dimension
 * Embeddings with Application to Memory-Efficient Recommendation Systems", 2019.
 */
export interface MixedDimensionConfig {
  readonly kind: 'mixed-dimension';
  /** 1 to D. */
  readonly dim: number;
  /** The table of `dim` columns, of any kind. */
  readonly into: TableConfig;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    'mixed-dimension': MixedDimensionConfig;
  }
}

export const mixedDimensionKind = defineKind<MixedDimensionConfig>({
  name: 'mixed-dimension',
  schema: {
    properties: { dim: { type: 'integer', minimum: 1 }, into: anyTable },
    required: ['dim', 'into'],
  },
  ...projectedKind<MixedDimensionConfig>(
    ({ kind, dim, into }) => ({ kind, field: 'dim', dim, inner: into }),
    (config, dim) => ({ ...config, dim }),
  ),
  grow(config, { numEmbeddings: rows }, numEmbeddings, tables) {
    const inside = { numEmbeddings: rows, embeddingDim: config.dim };
    return { ...config, into: tables.grow(config.into, inside, numEmbeddings) };
  },
});
