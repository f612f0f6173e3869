import type { TableConfig } from '@ttrec/embeddings';

/** Every kind that trains, small. Nested ones and a cache that refreshes within the test among them. */
export const kinds: Readonly<Record<string, TableConfig>> = {
  dense: { kind: 'dense' },
  tt: { kind: 'tt', ranks: 3 },
  'hash of tt': { kind: 'hash', buckets: 11, into: { kind: 'tt', ranks: 2, cores: 2 } },
  'hash of several probes': { kind: 'hash', buckets: 9, probes: 2, signs: true, into: { kind: 'dense' } },
  'hot-cold': { kind: 'hot-cold', hot: 3, cold: { kind: 'tt', ranks: 2 } },
  compositional: { kind: 'compositional', method: 'quotient-remainder', buckets: 5, combine: 'product' },
  'low-rank': { kind: 'low-rank', rank: 2 },
  'mixed-dimension': { kind: 'mixed-dimension', dim: 2, into: { kind: 'dense' } },
  'integers of rows': { kind: 'integers', bits: 4 },
  'integers of tt': { kind: 'integers', into: { kind: 'tt', ranks: 2 } },
  'low-rank in integers': { kind: 'low-rank', rank: 2, bits: 8 },
  sum: {
    kind: 'sum',
    parts: [
      { kind: 'tt', ranks: 2 },
      { kind: 'hash', buckets: 5, into: { kind: 'dense' } },
    ],
  },
  bands: {
    kind: 'bands',
    edges: [2, 4],
    tables: [
      { kind: 'dense' },
      { kind: 'integers', bits: 4 },
      { kind: 'hash', buckets: 1, into: { kind: 'dense' } },
    ],
  },
  permuted: { kind: 'permuted', into: { kind: 'tt', ranks: 2 } },
  'vocabulary-limit': { kind: 'vocabulary-limit', rows: 5, into: { kind: 'dense' } },
  cached: { kind: 'cached', rows: 3, into: { kind: 'tt', ranks: 2 }, refreshEvery: 2, warmUp: 2 },
  'cached by gradients': {
    kind: 'cached',
    rows: 3,
    into: { kind: 'low-rank', rank: 1, bits: 8 },
    importance: 'gradient',
    refreshEvery: 2,
    warmUp: 2,
  },
  pool: { kind: 'pool', chunk: 2, buckets: 9 },
  'hash of weighted probes': { kind: 'hash', buckets: 9, probes: 2, importance: 5, into: { kind: 'dense' } },
};
