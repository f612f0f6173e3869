import type { CompositionalConfig } from '@ttrec/embeddings/kind';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../option-generator.ts';

/** Neighbouring numbers of buckets; what lies between is for `grow`. */
const STEP = 1.1;
/** Fewer buckets than the root of N are for two hash functions, which need no row for each quotient. */
const HASHED_STEP = 1.3;

/**
 * A row of quotients times a row of remainders (Shi et al., KDD 2020), and the same with two hash functions.
 *
 * Only products: in our runs sums and rows side by side lost to a product of fewer bytes on every data set (baby
 * names, 129 kB side by side 0.4289, 68 kB summed 0.5189, 68 kB multiplied 0.3795; the README has them all). A product of
 * two rows is a train of two cores that has a rank of 1 in each of the D columns.
 */
export const compositionalOptions: OptionGenerator = {
  kind: 'compositional',
  priorOnly: true,
  *candidates(table) {
    const { numEmbeddings } = table.size;
    const root = Math.ceil(Math.sqrt(numEmbeddings));
    for (const buckets of growing(root, HASHED_STEP)) yield twoHashes(table, buckets);
    for (const factor of growing(Math.floor(numEmbeddings / 2 / root), STEP)) {
      yield quotientRemainder(table, factor * root);
    }
  },
};

/**
 * The loss of a train of as many parameters. Its D columns are divided among the numbers that a model needs of an id, each
 * of which then has a rank of D / ownNumbers over quotients; with no more quotients than that, nothing shared is missing.
 */
export function quotientRemainder(table: TableToPlan, buckets: number): Candidate {
  const { frequencies, trains, size } = table;
  const { numEmbeddings, embeddingDim } = size;
  const quotients = Math.ceil(numEmbeddings / buckets);
  const columns = embeddingDim / trains.prior.ownNumbers;
  const rank = quotients <= columns ? Infinity : columns;
  const parameters = (quotients + buckets) * embeddingDim;
  const loss = trains.ofProduct({ frequencies, rank, parameters, embeddingDim });
  const config: CompositionalConfig = {
    kind: 'compositional',
    method: 'quotient-remainder',
    buckets,
    combine: 'product',
  };
  return {
    config,
    loss,
    explain: () =>
      `${quotients} rows of quotients times ${buckets} of remainders lose ${percent(loss)} by the prior`,
    grow(bytes) {
      const more = mostBuckets(numEmbeddings, Math.floor(bytes / (4 * embeddingDim)));
      return more > buckets ? quotientRemainder(table, more) : undefined;
    },
  };
}

/** The loss of ids that meet under both functions, and then of a train whose ids share no digits. */
export function twoHashes(table: TableToPlan, buckets: number): Candidate {
  const { frequencies, trains, collisions } = table;
  const { numEmbeddings, embeddingDim } = table.size;
  const parameters = 2 * buckets * embeddingDim;
  const met = collisions.mixed(buckets * buckets);
  const inside = trains.ofProduct({
    frequencies,
    rank: Infinity,
    parameters,
    embeddingDim,
    sharesDigits: false,
  });
  return {
    config: { kind: 'compositional', method: 'hashes', buckets, combine: 'product' },
    loss: 1 - (1 - met) * (1 - inside),
    explain: () =>
      `ids that meet in ${buckets} buckets of two hashes lose ${percent(met)}, products of their rows ${percent(inside)} of the rest`,
    grow(bytes) {
      const most = Math.min(Math.floor(numEmbeddings / 2), Math.floor(bytes / (8 * embeddingDim)));
      return most > buckets ? twoHashes(table, most) : undefined;
    },
  };
}

/** The largest B, at most N / 2, for which B remainders and ⌈N / B⌉ quotients are at most `rows`; 0 if there is none. */
function mostBuckets(numEmbeddings: number, rows: number): number {
  const discriminant = rows * rows - 4 * numEmbeddings;
  if (discriminant < 0) return 0;
  let buckets = Math.min(Math.floor((rows + Math.sqrt(discriminant)) / 2), Math.floor(numEmbeddings / 2));
  // A quotient's row more than the root of the equation knows of.
  while (buckets > 0 && buckets + Math.ceil(numEmbeddings / buckets) > rows) buckets--;
  return buckets;
}
