import type { DataConfig } from '@ttrec/data';

/** Rows of the largest table of the made-up data. */
export const syntheticSizes = [20_000, 200_000, 1_000_000, 10_000_000] as const;

/** Ids of the features: a few large ones, that compression is for, and some small ones, as click logs have. */
export function syntheticCardinalities(largest: number): number[] {
  return [largest, largest * 0.4, largest * 0.2, largest * 0.1, 1000, 100, 20].map(Math.round);
}

/** Rows are made when they are asked for, so that many of them cost nothing. */
export function syntheticConfig(largest: number): Extract<DataConfig, { format: 'synthetic' }> {
  return {
    format: 'synthetic',
    rows: { train: 2_000_000, validation: 4096, test: 0 },
    cardinalities: syntheticCardinalities(largest),
    dense: 8,
    signal: 1.8,
  };
}
