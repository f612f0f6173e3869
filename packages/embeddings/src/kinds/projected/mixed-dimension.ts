import type { OptionRules } from '@ttrec/core';
import type { TableConfig } from '../../kinds.ts';
import { projectedCost, ProjectedTable, type Projected } from './projected-rows.ts';
import type { BuiltInKind } from '../../table/table-kind.ts';

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

const options: OptionRules<MixedDimensionConfig> = {
  kind: { required: ['mixed-dimension'] },
  dim: 'any',
  into: 'any',
};

export const mixedDimensionKind: BuiltInKind<MixedDimensionConfig> = {
  options: () => options,
  cost: (config, size, optimizer, nested) => projectedCost(projected(config), size, optimizer, nested),
  create: (config, context, nested) => new ProjectedTable(projected(config), context, nested),
  grow: (config, { numEmbeddings: rows }, numEmbeddings, nested) => {
    const { dim, into } = config;
    const inside = { numEmbeddings: rows, embeddingDim: dim };
    return { ...config, into: nested.grow(into, inside, numEmbeddings) };
  },
};

function projected({ kind, dim, into }: MixedDimensionConfig): Projected {
  return { kind, field: 'dim', dim, into };
}
