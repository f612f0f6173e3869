import type { TableConfig } from '@ttrec/embeddings';

/** A table small enough that its whole gradient can be taken by differences. */
export interface TableCase {
  readonly name: string;
  readonly config: TableConfig;
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
}

const MAX_ID = 2 ** 32 - 1;

/** The kinds that hold numbers, and hashing before them. All kinds are in the suite of @ttrec/testkit/kind. */
export const tableCases: readonly TableCase[] = [
  table('dense', { kind: 'dense' }, 13, 5),
  table('dense of one number', { kind: 'dense' }, 1, 1),
  table('tt of 1 core', { kind: 'tt', cores: 1, ranks: 4 }, 7, 4),
  table('tt of 2 cores, prime N', { kind: 'tt', cores: 2, ranks: 3 }, 11, 6),
  table('tt of 3 cores, unequal ranks', { kind: 'tt', ranks: [2, 5] }, 60, 8),
  table('tt of 4 cores, unequal ranks, prime N', { kind: 'tt', cores: 4, ranks: [3, 2, 4] }, 53, 12),
  table('tt, prime D', { kind: 'tt', ranks: 2 }, 24, 7),
  table('tt of one number', { kind: 'tt', ranks: 2 }, 1, 1),
  table('tt of 2^32 - 1 rows', { kind: 'tt', cores: 4, ranks: 2 }, MAX_ID, 2),
  table('hash to dense, mix', { kind: 'hash', buckets: 5, into: { kind: 'dense' } }, MAX_ID, 3),
  table('hash to dense, seeded', { kind: 'hash', buckets: 5, seed: 7, into: { kind: 'dense' } }, 100, 3),
  table(
    'hash to dense, modulo',
    { kind: 'hash', buckets: 5, function: 'modulo', into: { kind: 'dense' } },
    MAX_ID,
    3,
  ),
  table('hash to one bucket', { kind: 'hash', buckets: 1, into: { kind: 'dense' } }, 50, 2),
  table('hash to tt', { kind: 'hash', buckets: 17, into: { kind: 'tt', ranks: [3, 2] } }, MAX_ID, 4),
  table(
    'hash to hash to dense',
    { kind: 'hash', buckets: 40, into: { kind: 'hash', buckets: 6, seed: 1, into: { kind: 'dense' } } },
    100,
    2,
  ),
];

function table(name: string, config: TableConfig, numEmbeddings: number, embeddingDim: number): TableCase {
  return { name, config, numEmbeddings, embeddingDim };
}
