import { counted } from '@ttrec/core';
import type { CompositionalConfig } from '@ttrec/embeddings/configs';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../options/option-generator.ts';

/** Ratio of neighbouring numbers of buckets; `grow` reaches those in between. */
const STEP = 1.1;
/** The same below √N buckets, where quotients would take more rows than remainders, and two hash functions are used. */
const HASHED_STEP = 1.3;

/**
 * A row for the quotient times a row for the remainder (Shi et al., KDD 2020), and the same with two hash functions.
 *
 * Only products: in our runs, sums and concatenations lost to a product of fewer bytes on every data set (see the README). A
 * product of two rows is a TT of two cores with rank 1 in each of the D columns.
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
 * The loss of a TT with as many parameters. Its D columns are shared by the `ownNumbers` numbers that a model needs of an id,
 * so that each has rank D / ownNumbers; with no more quotients than that, nothing of the shared part is lost.
 */
export function quotientRemainder(table: TableToPlan, buckets: number): Candidate {
  const { frequencies, ttLoss, size } = table;
  const { numEmbeddings, embeddingDim } = size;
  const quotients = Math.ceil(numEmbeddings / buckets);
  const columns = embeddingDim / ttLoss.prior.ownNumbers;
  const rank = quotients <= columns ? Infinity : columns;
  const parameters = (quotients + buckets) * embeddingDim;
  const loss = ttLoss.ofProduct({ frequencies, rank, parameters, embeddingDim });
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
      `${counted(quotients, 'row')} of quotients times ${buckets} of remainders lose ${percent(loss)} by the prior`,
    grow(bytes) {
      const more = mostBuckets(numEmbeddings, Math.floor(bytes / (4 * embeddingDim)));
      return more > buckets ? quotientRemainder(table, more) : undefined;
    },
  };
}

/** The loss of ids that collide under both functions, then that of a TT for ids in no order. */
export function twoHashes(table: TableToPlan, buckets: number): Candidate {
  const { frequencies, ttLoss, collisions } = table;
  const { numEmbeddings, embeddingDim } = table.size;
  const parameters = 2 * buckets * embeddingDim;
  const met = collisions.mixed(buckets * buckets);
  const inside = ttLoss.ofProduct({
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
      `ids that collide in ${buckets} buckets of two hashes lose ${percent(met)}, products of their rows ${percent(inside)} of the rest`,
    grow(bytes) {
      const most = Math.min(Math.floor(numEmbeddings / 2), Math.floor(bytes / (8 * embeddingDim)));
      return most > buckets ? twoHashes(table, most) : undefined;
    },
  };
}

/** The largest B up to N / 2 for which B remainders and ⌈N / B⌉ quotients take at most `rows`; 0 if there is none. */
export function mostBuckets(numEmbeddings: number, rows: number): number {
  const discriminant = rows * rows - 4 * numEmbeddings;
  if (discriminant < 0) return 0;
  let buckets = Math.min(Math.floor((rows + Math.sqrt(discriminant)) / 2), Math.floor(numEmbeddings / 2));
  // The root ignores that quotients are rounded up.
  while (buckets > 0 && buckets + Math.ceil(numEmbeddings / buckets) > rows) buckets--;
  return buckets;
}
