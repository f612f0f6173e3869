import type { TableConfig } from '@ttrec/embeddings';

/** A table small enough that its whole gradient can be taken by differences. */
export interface TableCase {
  readonly name: string;
  readonly config: TableConfig;
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  /**
   * Whether a table of these rows finds them again. Not where a train holds more rows than it has, which count as zeros
   * that its own were not; nor where the rows that a train is to hold come in other columns than they had.
   */
  readonly refits: boolean;
}

const inexact = ['hash, signed, to tt', 'hot-cold, both tt', 'mixed-dimension of tt'];
const MAX_ID = 2 ** 32 - 1;
const tt = { kind: 'tt', ranks: [2, 3] } as const;

/** Every kind of table, at its corners. A new kind is one more line here and one more case of `referenceRow`. */
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
  table('hash of 3 probes', { kind: 'hash', buckets: 7, probes: 3, into: { kind: 'dense' } }, MAX_ID, 3),
  table(
    'hash of 2 signed probes, seeded',
    { kind: 'hash', buckets: 5, probes: 2, signs: true, seed: 3, into: { kind: 'dense' } },
    MAX_ID,
    2,
  ),
  table('hash, signed, to tt', { kind: 'hash', buckets: 11, signs: true, into: tt }, 100, 4),
  table(
    'hash, signed, modulo',
    { kind: 'hash', buckets: 4, function: 'modulo', signs: true, into: { kind: 'dense' } },
    23,
    3,
  ),
  table('hot-cold, cold in tt', { kind: 'hot-cold', hot: 5, cold: tt }, 53, 6),
  table('hot-cold, both tt', { kind: 'hot-cold', hot: 12, hotTable: tt, cold: tt }, 40, 4),
  table(
    'hot-cold, cold hashed',
    { kind: 'hot-cold', hot: 2, cold: { kind: 'hash', buckets: 3, into: { kind: 'dense' } } },
    40,
    2,
  ),
  table('hot-cold of two numbers', { kind: 'hot-cold', hot: 1, cold: { kind: 'dense' } }, 2, 1),
  table('low-rank', { kind: 'low-rank', rank: 2 }, 13, 5),
  table('low-rank of one number', { kind: 'low-rank', rank: 1 }, 1, 1),
  table('mixed-dimension of tt', { kind: 'mixed-dimension', dim: 4, into: tt }, 29, 6),
  table(
    'mixed-dimension of a mixed dimension',
    {
      kind: 'mixed-dimension',
      dim: 3,
      into: { kind: 'mixed-dimension', dim: 2, into: { kind: 'dense' } },
    },
    9,
    4,
  ),
  ...(['product', 'sum', 'concatenate'] as const).flatMap((combine) => [
    table(
      `quotient-remainder, ${combine}`,
      { kind: 'compositional', method: 'quotient-remainder', buckets: 5, combine },
      23,
      3,
    ),
    table(
      `3 hashes, ${combine}`,
      { kind: 'compositional', method: 'hashes', hashes: 3, buckets: 4, combine },
      MAX_ID,
      4,
    ),
  ]),
  table(
    'quotient-remainder of tt, product',
    { kind: 'compositional', method: 'quotient-remainder', buckets: 2 ** 16, combine: 'product', into: tt },
    MAX_ID,
    4,
  ),
  table(
    'quotient-remainder of one number',
    { kind: 'compositional', method: 'quotient-remainder', buckets: 3, combine: 'product' },
    1,
    1,
  ),
];

function table(name: string, config: TableConfig, numEmbeddings: number, embeddingDim: number): TableCase {
  return {
    name,
    config,
    numEmbeddings,
    embeddingDim,
    refits: !name.includes('prime N') && !inexact.includes(name),
  };
}
