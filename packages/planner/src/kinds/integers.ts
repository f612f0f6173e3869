import { cost } from '@ttrec/embeddings';
import type { Int8Config, TTConfig } from '@ttrec/embeddings/configs';
import { parameterCount, type TTShape } from '@ttrec/tensor-train';
import { largestRanks } from '@ttrec/tensor-train/shapes';
import {
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../options/option-generator.ts';
import { ttCandidate, ttFactors, usefulRanks, withRanks } from './tt.ts';

/** Largest magnitudes of the integers, by their bits. */
const LARGEST = { 8: 127, 4: 7 } as const;

/** Every row in 8 bits, with a scale for each row. */
export const int8Options: OptionGenerator = {
  kind: 'int8',
  inferenceOnly: true,
  candidates: (table) => [rounded(8, table)],
};

/** Every row in 4 bits, with a scale for each row. */
export const int4Options: OptionGenerator = {
  kind: 'int4',
  inferenceOnly: true,
  candidates: (table) => [rounded(4, table)],
};

/** A TT with cores in 8 bits: the ranks of `tt` in about a quarter of the bytes. */
export const int8TTOptions: OptionGenerator = {
  kind: 'int8→tt',
  inferenceOnly: true,
  *candidates(table) {
    const factors = ttFactors(table.size.numEmbeddings, table.size.embeddingDim);
    for (const rank of usefulRanks(factors, table.denseBytes)) yield int8TT(table, factors, rank);
  },
};

function int8TT(table: TableToPlan, factors: TTShape, ranks: TTConfig['ranks']): Candidate {
  const tt = ttCandidate(table, factors, ranks);
  // Each core is rounded; the relative errors of factors add up.
  const cores = factors.rowShape.length;
  const loss = Math.min(1, tt.loss + cores * roundingLoss(8, table.size.embeddingDim));
  const full = withRanks(factors, ranks);
  const costConfig = (shape: TTShape): Int8Config => ({ kind: 'int8', into: { kind: 'tt', ...shape } });
  return {
    config: { kind: 'int8', into: tt.config as TTConfig },
    costConfig: costConfig(full),
    loss,
    explain: () => `${tt.explain()}; in 8 bits ${percent(loss)}`,
    grow(bytes) {
      const fits = (wider: readonly number[]) =>
        cost(costConfig({ ...factors, ranks: wider }), table.size).bytes <= bytes;
      const wider = largestRanks(factors, fits) ?? full.ranks;
      return parameterCount({ ...factors, ranks: wider }) > parameterCount(full)
        ? int8TT(table, factors, wider)
        : undefined;
    },
  };
}

function rounded(bits: 8 | 4, { size }: TableToPlan): Candidate {
  const loss = roundingLoss(bits, size.embeddingDim);
  return {
    config: { kind: `int${bits}`, into: { kind: 'dense' } },
    loss,
    explain: () => `every row is stored in ${bits} bits; rounding loses ${percent(loss)}`,
  };
}

/**
 * The share of variance that rounding loses, for rows of normal numbers: step²/12 for each number, where the step is the row's
 * largest magnitude, whose square is about 2 ln(2 D) variances, over that of the integers. Slightly too large.
 */
export function roundingLoss(bits: 8 | 4, embeddingDim: number): number {
  return (2 * Math.log(2 * embeddingDim)) / (12 * LARGEST[bits] ** 2);
}
