import type { TTConfig } from '@ttrec/embeddings/kind';
import { parameterCount, type TTShape } from '@ttrec/tensor-train';
import { ranksForBudget } from '@ttrec/tensor-train/shapes';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../option-generator.ts';
import { meanRank, shortRanks, shownRanks, trainFactors, usefulRanks, withRanks } from './tt.ts';

/** Fewer buckets leave a train nothing to save, and more than so many a step apart differ little. */
const LEAST_BUCKETS = 1000;
const STEP = 1.6;

/** The hashing trick in front of a tensor train: fewer rows for the train, which then need not tell all ids apart. */
export const hashedTTOptions: OptionGenerator = {
  kind: 'hash→tt',
  *candidates(table) {
    const { numEmbeddings, embeddingDim } = table.size;
    for (const factor of growing(numEmbeddings / (2 * LEAST_BUCKETS), STEP)) {
      const buckets = Math.floor(numEmbeddings / (2 * factor));
      const factors = trainFactors(buckets, embeddingDim);
      const collided = table.collisions.mixed(buckets);
      const dense = 4 * buckets * embeddingDim;
      for (const rank of usefulRanks(factors, dense)) {
        yield hashedTrain(table, { buckets, collided, factors, ranks: rank });
      }
    }
  },
};

function hashedTrain(
  table: TableToPlan,
  option: {
    readonly buckets: number;
    readonly collided: number;
    readonly factors: TTShape;
    readonly ranks: TTConfig['ranks'];
  },
): Candidate {
  const { buckets, collided, factors, ranks } = option;
  const shape = withRanks(factors, ranks);
  const parameters = parameterCount(shape);
  const { embeddingDim } = table.size;
  // The mixing leaves the digits of a bucket without meaning. The frequent ids lead the buckets too.
  const inside = table.trains.of({
    frequencies: table.frequencies,
    rank: meanRank(shape.ranks),
    parameters,
    embeddingDim,
    sharesDigits: false,
  });
  const loss = 1 - (1 - collided) * (1 - inside);
  return {
    config: { kind: 'hash', buckets, into: { kind: 'tt', ranks: shortRanks(shape.ranks) } },
    priceAs: { kind: 'hash', buckets, into: { kind: 'tt', ...shape } },
    loss,
    explain: () =>
      `ids that meet in ${buckets} buckets lose ${percent(collided)}, the train of rank ${shownRanks(shape.ranks)} behind them ${percent(inside)} of the rest`,
    grow(bytes) {
      const wider = ranksForBudget(factors, { bytes });
      return parameterCount({ ...factors, ranks: wider }) > parameters
        ? hashedTrain(table, { ...option, ranks: wider })
        : undefined;
    },
  };
}
