import type { TableConfig } from '../../table/config/table-config.ts';
import { defineKind } from '../../table/kind/table-kind.ts';
import { integerBits } from '../trained-integers/integers-config.ts';
import type { IntegerBits } from '../trained-integers/levels.ts';
import { projectedKind } from './projected-kind.ts';

/** A product of two matrices [N, rank] and [rank, D] in place of the table: a TT-matrix of two cores, the row not split. */
export interface LowRankConfig {
  readonly kind: 'low-rank';
  /** 1 to D. */
  readonly rank: number;
  /** Those of the first matrix in the integers of `integers`; float32 by default. The second stays float32. */
  readonly bits?: IntegerBits;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    'low-rank': LowRankConfig;
  }
}

export const lowRankKind = defineKind<LowRankConfig>({
  name: 'low-rank',
  schema: { properties: { rank: { type: 'integer', minimum: 1 }, bits: integerBits }, required: ['rank'] },
  ...projectedKind<LowRankConfig>(
    ({ kind, rank, bits }) => ({ kind, field: 'rank', dim: rank, inner: factorOf(bits) }),
    (config, rank) => ({ ...config, rank }),
  ),
  grow: (config) => config,
});

/** Ranges, in learning rates: numbers along few directions move less far than those of whole rows. */
const ranges: { readonly [Bits in IntegerBits]: number } = { 8: 4, 4: 2, 2: 1.5 };

function factorOf(bits: IntegerBits | undefined): TableConfig {
  return bits === undefined ? { kind: 'dense' } : { kind: 'integers', bits, range: ranges[bits] };
}
