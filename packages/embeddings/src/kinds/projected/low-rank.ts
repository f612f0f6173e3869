import { defineKind } from '../../table/table-kind.ts';
import { projectedKind } from './projected-kind.ts';

/** A product of two matrices [N, rank] and [rank, D] in place of the table: a TT-matrix of two cores, the row not split. */
export interface LowRankConfig {
  readonly kind: 'low-rank';
  /** 1 to D. */
  readonly rank: number;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    'low-rank': LowRankConfig;
  }
}

export const lowRankKind = defineKind<LowRankConfig>({
  name: 'low-rank',
  schema: { properties: { rank: { type: 'integer', minimum: 1 } }, required: ['rank'] },
  ...projectedKind<LowRankConfig>(
    ({ kind, rank }) => ({ kind, field: 'rank', dim: rank, inner: { kind: 'dense' } }),
    (config, rank) => ({ ...config, rank }),
  ),
  grow: (config) => config,
});
