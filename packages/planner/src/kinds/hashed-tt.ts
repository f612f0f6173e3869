import type { TTConfig } from '@ttrec/embeddings/configs';
import { parameterCount, type TTShape } from '@ttrec/tensor-train';
import { ranksForBudget } from '@ttrec/tensor-train/shapes';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../options/option-generator.ts';
import { meanRank, rankedTT, shortRanks, shownRanks, ttFactors, usefulRanks } from './tt.ts';

/** With fewer buckets a TT saves nothing. */
const LEAST_BUCKETS = 1000;
const STEP = 1.6;

/** The hashing trick in front of a TT, which then has fewer rows. */
export const hashedTTOptions: OptionGenerator = {
  kind: 'hash→tt',
  *candidates(table) {
    const { numEmbeddings, embeddingDim } = table.size;
    for (const factor of growing(numEmbeddings / (2 * LEAST_BUCKETS), STEP)) {
      const buckets = Math.floor(numEmbeddings / (2 * factor));
      const factors = ttFactors(buckets, embeddingDim);
      const collided = table.collisions.mixed(buckets);
      const dense = 4 * buckets * embeddingDim;
      for (const rank of usefulRanks(factors, dense)) {
        yield hashedTT(table, { buckets, collided, factors, ranks: rank });
      }
    }
  },
};

function hashedTT(
  table: TableToPlan,
  option: {
    readonly buckets: number;
    readonly collided: number;
    readonly factors: TTShape;
    readonly ranks: TTConfig['ranks'];
  },
): Candidate {
  const { buckets, collided, factors, ranks } = option;
  const { shape, parameters } = rankedTT(factors, ranks);
  const { embeddingDim } = table.size;
  // Buckets have no meaningful digits. Their frequencies are close to those of the ids.
  const inside = table.ttLoss.of({
    frequencies: table.frequencies,
    rank: meanRank(shape.ranks),
    parameters,
    embeddingDim,
    sharesDigits: false,
  });
  const loss = 1 - (1 - collided) * (1 - inside);
  return {
    config: { kind: 'hash', buckets, into: { kind: 'tt', ranks: shortRanks(shape.ranks) } },
    costConfig: { kind: 'hash', buckets, into: { kind: 'tt', ...shape } },
    loss,
    explain: () =>
      `ids that collide in ${buckets} buckets lose ${percent(collided)}, the TT of rank ${shownRanks(shape.ranks)} behind them ${percent(inside)} of the rest`,
    grow(bytes) {
      const wider = ranksForBudget(factors, { bytes });
      return parameterCount({ ...factors, ranks: wider }) > parameters
        ? hashedTT(table, { ...option, ranks: wider })
        : undefined;
    },
  };
}
