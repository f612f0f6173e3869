const dense = { kind: 'dense' } as const;
const tt = { kind: 'tt', ranks: 3 } as const;

/** Tables of 200 ids, each in the kinds that train, for a row of 4 numbers. */
export const trained = {
  dense,
  'hash of two probes with signs': { kind: 'hash', buckets: 40, probes: 2, signs: true, into: dense },
  tt,
  'hash into tt': { kind: 'hash', buckets: 60, into: tt },
  'hot-cold': { kind: 'hot-cold', hot: 20, cold: tt },
  'quotients and remainders': {
    kind: 'compositional',
    method: 'quotient-remainder',
    buckets: 20,
    combine: 'product',
  },
  'sums of two hashes': { kind: 'compositional', method: 'hashes', buckets: 20, combine: 'sum' },
  'low-rank': { kind: 'low-rank', rank: 2 },
  'mixed-dimension': { kind: 'mixed-dimension', dim: 2, into: tt },
  'rows in 8 bits': { kind: 'integers' },
  'cores in 8 bits': { kind: 'integers', into: tt },
  'low-rank in 4 bits': { kind: 'low-rank', rank: 1, bits: 4 },
  'sum of tt and low-rank in 2 bits': { kind: 'sum', parts: [tt, { kind: 'low-rank', rank: 1, bits: 2 }] },
  'a pool of chunks': { kind: 'pool', chunk: 2, buckets: 60 },
  bands: { kind: 'bands', edges: [5, 20], tables: [dense, { kind: 'integers', bits: 4 }, tt] },
  'permuted ids': { kind: 'permuted', among: 'similar', into: tt },
  'a limited vocabulary': { kind: 'vocabulary-limit', rows: 60, into: { kind: 'integers', bits: 4 } },
  'cached by gradients': {
    kind: 'cached',
    rows: 12,
    into: { kind: 'hash', buckets: 40, into: dense },
    importance: 'gradient',
    warmUp: 4,
    refreshEvery: 8,
  },
  cached: { kind: 'cached', rows: 12, into: tt, warmUp: 4, refreshEvery: 8 },
} as const;

/** Tables that a dense one is made into. */
export const integers = {
  'int8 rows': { kind: 'int8', into: dense },
  'int4 rows': { kind: 'int4', into: dense },
  'int8 cores': { kind: 'int8', into: tt },
  'int8 cores behind hot int4 rows': {
    kind: 'hot-cold',
    hot: 20,
    hotTable: { kind: 'int4', into: dense },
    cold: { kind: 'int8', into: tt },
  },
} as const;
