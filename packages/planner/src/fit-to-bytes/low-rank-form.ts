import type { TableConfig, TableSize } from '@ttrec/embeddings';
import type { SizedForm } from './sized-form.ts';

/**
 * `rank` numbers for each id and, of the bytes that are left, one more for as many of the most frequent ids as possible. With
 * fewer bytes than one number an id takes, only the most frequent ids have one, and the others share a row.
 */
export const lowRankForm: SizedForm = {
  name: 'low-rank',
  for:
    ({ numEmbeddings, embeddingDim }) =>
    (bytes) => {
      const floats = Math.floor(bytes / 4);
      const rank = Math.min(embeddingDim - 1, Math.floor(floats / (numEmbeddings + embeddingDim)));
      const cold = coldPart(rank, embeddingDim);
      const hotTable = ofRank(rank + 1, embeddingDim);
      const left = floats - cold.perId * numEmbeddings - cold.shared - hotTable.shared;
      const hot = Math.min(numEmbeddings - 1, Math.floor(left / (hotTable.perId - cold.perId)));
      if (hot >= 1) return { kind: 'hot-cold', hot, hotTable: hotTable.config, cold: cold.config };
      return rank === 0 ? undefined : cold.config;
    },
};

interface Part {
  readonly config: TableConfig;
  /** Floats for each id, and for all together. */
  readonly perId: number;
  readonly shared: number;
}

function coldPart(rank: number, embeddingDim: number): Part {
  if (rank > 0) return ofRank(rank, embeddingDim);
  return {
    config: { kind: 'hash', buckets: 1, into: { kind: 'dense' } },
    perId: 0,
    shared: embeddingDim,
  };
}

function ofRank(rank: number, embeddingDim: TableSize['embeddingDim']): Part {
  if (rank === embeddingDim) return { config: { kind: 'dense' }, perId: rank, shared: 0 };
  return { config: { kind: 'low-rank', rank }, perId: rank, shared: rank * embeddingDim };
}
