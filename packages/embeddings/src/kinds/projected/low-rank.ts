import type { OptionRules } from '@ttrec/core';
import { projectedCost, ProjectedTable, type Projected } from './projected-rows.ts';
import type { BuiltInKind } from '../../table/table-kind.ts';

/** A product of two matrices [N, rank] and [rank, D] in place of the table: a TT-matrix of two cores, the row not split. */
export interface LowRankConfig {
  readonly kind: 'low-rank';
  /** 1 to D. */
  readonly rank: number;
}

const options: OptionRules<LowRankConfig> = { kind: { required: ['low-rank'] }, rank: 'any' };

export const lowRankKind: BuiltInKind<LowRankConfig> = {
  options: () => options,
  cost: (config, size, optimizer, nested) => projectedCost(projected(config), size, optimizer, nested),
  create: (config, context, nested) => new ProjectedTable(projected(config), context, nested),
  grow: (config) => config,
};

function projected({ kind, rank }: LowRankConfig): Projected {
  return { kind, field: 'rank', dim: rank, into: { kind: 'dense' } };
}
