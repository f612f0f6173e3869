import type { InputColumn } from '../columns/column.ts';

/** Where the columns of a chunk are among its sections. */
export interface RowLayout {
  /** Dense columns have one section each, the first ones. */
  readonly dense: number;
  readonly features: readonly {
    /** Its first section. */
    readonly first: number;
    readonly multiValued: boolean;
    readonly weighted: boolean;
  }[];
  readonly weights: number | undefined;
  readonly groups: number | undefined;
  /** The last section. */
  readonly labels: number;
}

export function rowLayout(
  dense: readonly InputColumn[],
  features: readonly (InputColumn & { readonly multiValued: boolean })[],
  has: { readonly weights: boolean; readonly groups: boolean },
): RowLayout {
  let next = dense.length;
  const placed = features.map(({ sections, multiValued }) => {
    const first = next;
    next += sections;
    return { first, multiValued, weighted: sections === 3 };
  });
  const weights = has.weights ? next++ : undefined;
  const groups = has.groups ? next++ : undefined;
  return { dense: dense.length, features: placed, weights, groups, labels: next };
}
