import { percent, type Candidate, type OptionGenerator, type TableToPlan } from '../option-generator.ts';
import { ttOptions } from './tt.ts';

/** Largest magnitudes of the integers. */
const LARGEST = { int8: 127, int4: 7 } as const;

/** Every row in 8 bits, and a step for each. */
export const int8Options: OptionGenerator = {
  kind: 'int8',
  inferenceOnly: true,
  candidates: (table) => [rounded('int8', table)],
};

/** Every row in 4 bits, and a step for each. */
export const int4Options: OptionGenerator = {
  kind: 'int4',
  inferenceOnly: true,
  candidates: (table) => [rounded('int4', table)],
};

/** A tensor train with cores in 8 bits: the ranks of `tt`, at about a quarter of its bytes. */
export const int8TrainOptions: OptionGenerator = {
  kind: 'int8→tt',
  inferenceOnly: true,
  *candidates(table) {
    for (const train of ttOptions.candidates(table)) {
      if (train.config.kind !== 'tt' || train.priceAs?.kind !== 'tt') continue;
      const cores =
        train.config.ranks instanceof Array ? train.config.ranks.length - 1 : (train.config.cores ?? 3);
      // Each core is rounded, and the relative errors of factors add up.
      const loss = Math.min(1, train.loss + cores * roundingLoss('int8', table.size.embeddingDim));
      yield {
        config: { kind: 'int8', into: train.config },
        priceAs: { kind: 'int8', into: train.priceAs },
        loss,
        explain: () => `${train.explain()}; in 8 bits ${percent(loss)}`,
      };
    }
  },
};

function rounded(kind: 'int8' | 'int4', { size }: TableToPlan): Candidate {
  const loss = roundingLoss(kind, size.embeddingDim);
  return {
    config: { kind, into: { kind: 'dense' } },
    loss,
    explain: () => `every row is stored in ${kind === 'int8' ? 8 : 4} bits; rounding loses ${percent(loss)}`,
  };
}

/**
 * The share of variance that rounding to a row's own step loses, for rows of normal numbers: step²/12 a number, with the step at
 * the row's largest magnitude over that of the integers, whose square is about 2 ln(2 D) variances. A little too large.
 */
function roundingLoss(kind: 'int8' | 'int4', embeddingDim: number): number {
  return (2 * Math.log(2 * embeddingDim)) / (12 * LARGEST[kind] ** 2);
}
