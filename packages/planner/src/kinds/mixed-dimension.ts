import { counted } from '@ttrec/core';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../options/option-generator.ts';
import { hotRows, mostHot } from './hot-cold.ts';

/** Ratios of neighbouring numbers of columns and of buckets. */
const DIM_STEP = 1.5;
const BUCKET_STEP = 1.6;

/**
 * Frequent rows with all columns, the others with fewer (Ginart et al., "Mixed Dimension Embeddings", 2019). Every id keeps
 * numbers of its own. Only if low ids are the frequent ones.
 */
export const hotMixedOptions: OptionGenerator = {
  kind: 'hot-cold→mixed-dimension',
  priorOnly: true,
  *candidates(table) {
    for (const hot of hotRows(table)) {
      for (const dim of growing(table.size.embeddingDim - 1, DIM_STEP)) yield hotMixed(table, hot, dim);
    }
  },
};

/**
 * Hashed rows of few columns: shorter rows allow more buckets. The loss is that of the hash, and of the rest that of the
 * missing columns. (Rows of few columns without a hash are the kind `low-rank`.) On Taobao and on the synthetic stream, 4 and
 * 8 columns in as many buckets had the same log-loss within 0.0005.
 */
export const mixedHashOptions: OptionGenerator = {
  kind: 'mixed-dimension→hash',
  priorOnly: true,
  *candidates(table) {
    for (const dim of growing(table.size.embeddingDim - 1, DIM_STEP)) {
      for (const buckets of growing(table.size.numEmbeddings - 1, BUCKET_STEP))
        yield mixedHash(table, dim, buckets);
    }
  },
};

export function hotMixed(table: TableToPlan, hot: number, dim: number): Candidate {
  const { numEmbeddings, embeddingDim } = table.size;
  const reads = 1 - table.ttLoss.readsOf(table.frequencies, hot);
  const missing = table.ttLoss.ofColumns(dim, embeddingDim);
  const bytesOf = (rows: number) => 4 * (rows * embeddingDim + (numEmbeddings - rows + embeddingDim) * dim);
  return {
    config: { kind: 'hot-cold', hot, cold: { kind: 'mixed-dimension', dim, into: { kind: 'dense' } } },
    loss: reads * missing,
    explain: () =>
      `${hot} stored rows take ${percent(1 - reads)} of the reads; the others have ${counted(dim, 'number')} of ${embeddingDim}, which miss ${percent(missing)}`,
    grow(bytes) {
      const more = mostHot(table, hot, (rows) => bytesOf(rows) <= bytes);
      return more > hot ? hotMixed(table, more, dim) : undefined;
    },
  };
}

export function mixedHash(table: TableToPlan, dim: number, buckets: number): Candidate {
  const { numEmbeddings, embeddingDim } = table.size;
  const met = table.collisions.mixed(buckets);
  const missing = table.ttLoss.ofColumns(dim, embeddingDim);
  const loss = 1 - (1 - met) * (1 - missing);
  return {
    config: { kind: 'mixed-dimension', dim, into: { kind: 'hash', buckets, into: { kind: 'dense' } } },
    loss,
    explain: () =>
      `ids that collide in ${buckets} buckets lose ${percent(met)}, rows of ${counted(dim, 'number')} instead of ${embeddingDim} miss ${percent(missing)} of the rest`,
    grow(bytes) {
      const most = Math.min(numEmbeddings - 1, Math.floor(bytes / (4 * dim)) - embeddingDim);
      return most > buckets ? mixedHash(table, dim, most) : undefined;
    },
  };
}
