import type { TableConfig } from '@ttrec/embeddings';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../options/option-generator.ts';
import { mostBuckets, quotientRemainder } from './compositional.ts';
import { roundingLoss } from './integers.ts';

/** Ratio of neighbouring numbers of buckets; `grow` reaches those in between. */
const STEP = 1.1;
/** The float32 step of a matrix of integers. */
const STEP_BYTES = 4;

/** All of a row's numbers in 8 bits. */
export const integersOptions: OptionGenerator = {
  kind: 'integers',
  priorOnly: true,
  trainsIntegers: true,
  candidates({ size }) {
    const loss = roundingLoss(8, size.embeddingDim);
    return [
      {
        config: { kind: 'integers' },
        loss,
        explain: () => `every row is trained in 8 bits; rounding loses ${percent(loss)}`,
      },
    ];
  },
};

/** Buckets of rows in 8 bits: four times as many as of float32 rows. */
export const hashIntegerOptions: OptionGenerator = {
  kind: 'hash-int8',
  priorOnly: true,
  trainsIntegers: true,
  *candidates(table) {
    for (const buckets of growing(table.size.numEmbeddings - 1, STEP)) yield hashIntegers(table, buckets);
  },
};

function hashIntegers(table: TableToPlan, buckets: number): Candidate {
  const { numEmbeddings, embeddingDim } = table.size;
  const met = table.collisions.mixed(buckets);
  const loss = 1 - (1 - met) * (1 - roundingLoss(8, embeddingDim));
  return {
    config: { kind: 'hash', buckets, into: { kind: 'integers' } },
    loss,
    explain: () => `ids that collide in ${buckets} buckets of 8 bits a number lose ${percent(loss)}`,
    grow(bytes) {
      const most = Math.min(numEmbeddings - 1, Math.floor((bytes - STEP_BYTES) / embeddingDim));
      return most > buckets ? hashIntegers(table, most) : undefined;
    },
  };
}

/** Products of a quotient's and a remainder's row, both in 8 bits. */
export const productIntegerOptions: OptionGenerator = {
  kind: 'product-int8',
  priorOnly: true,
  trainsIntegers: true,
  *candidates(table) {
    const { numEmbeddings } = table.size;
    const root = Math.ceil(Math.sqrt(numEmbeddings));
    for (const factor of growing(Math.floor(numEmbeddings / 2 / root), STEP))
      yield productOfIntegers(table, factor * root);
  },
};

function productOfIntegers(table: TableToPlan, buckets: number): Candidate {
  const { numEmbeddings, embeddingDim } = table.size;
  const product = quotientRemainder(table, buckets);
  // The relative errors of both factors add up.
  const rounded = 2 * roundingLoss(8, embeddingDim);
  return {
    config: { ...product.config, into: { kind: 'integers' } } as TableConfig,
    loss: 1 - (1 - product.loss) * (1 - rounded),
    explain: () => `${product.explain()}; in 8 bits a number rounding loses ${percent(rounded)}`,
    grow(bytes) {
      const rows = Math.floor((bytes - 2 * STEP_BYTES) / embeddingDim);
      const more = mostBuckets(numEmbeddings, rows);
      return more > buckets ? productOfIntegers(table, more) : undefined;
    },
  };
}
