import type { TableUnderTest } from '@ttrec/testkit/kind';
import type { TableConfig } from '@ttrec/embeddings';
import type { CachedConfig, HotColdConfig } from '@ttrec/embeddings/configs';
import { referenceRows } from '../reference-rows.ts';

type Size = readonly [numEmbeddings: number, embeddingDim: number];

/** Past 2^24 and 2^31: where ids would be lost to floating point or to a sign. */
const MAX_ID = 2 ** 32 - 1;

const dense = { kind: 'dense' } as const;
const tt = { kind: 'tt', ranks: [2, 3] } as const;
const tt1 = { kind: 'tt', ranks: 1, cores: 1 } as const;
const hash = { kind: 'hash', buckets: 5, into: dense } as const;
const remainders = { kind: 'compositional', method: 'quotient-remainder', buckets: 5 } as const;
const hashes = { kind: 'compositional', method: 'hashes', buckets: 4 } as const;
const cached = { kind: 'cached', rows: 3, into: tt, warmUp: 5, refreshEvery: 5 } as const;
const combinations = ['product', 'sum', 'concatenate'] as const;

/**
 * What cannot be found again: TTs that hold more rows than the table has, which count as zeros that their own were not,
 * and TTs whose rows come in other columns than they had; products, whose least squares have more than one valley;
 * cores of integers, which a decomposition turns before they are rounded anew; integers under one step, of which the largest numbers
 * are cut off.
 */
const inexact = [
  'tt of 2 cores',
  'tt of 4 cores, unequal ranks',
  'hash, signed, to tt',
  'hash, 2 weighted probes',
  'hash, 2 weighted probes, to tt',
  'hash, 3 weighted probes in few buckets',
  'hot-cold, both in tt',
  'mixed-dimension of tt',
  'int8 of tt',
  'integers of tt',
  'integers of 4 bits',
  'integers of 2 bits',
  'low-rank in 8 bits',
  'low-rank in 4 bits, two rows a byte',
  'low-rank in 2 bits',
  'quotient and remainder, product, in integers',
  'hash of integers',
  'pool of chunks in 4 bits',
  'sum of low-rank and hash',
  'sum of dense tables',
  'sum of tt and low-rank in 4 bits',
  'vocabulary of all rows',
  'vocabulary of 9 rows, low-rank in 4 bits',
];

/** Every kind of table, at its corners. A new kind is some more lines here, and one more case of `referenceRows`. */
export const tables: readonly TableUnderTest[] = [
  table('dense', dense, [13, 5]),
  table('dense', dense, [1, 1]),
  table('tt of 1 core', { kind: 'tt', cores: 1, ranks: 4 }, [7, 4]),
  table('tt of 2 cores', { kind: 'tt', cores: 2, ranks: 3 }, [11, 6]),
  table('tt of 3 cores, unequal ranks', { kind: 'tt', ranks: [2, 5] }, [60, 8]),
  table('tt of 4 cores, unequal ranks', { kind: 'tt', cores: 4, ranks: [3, 2, 4] }, [53, 12]),
  table('tt', { kind: 'tt', ranks: 2 }, [24, 7]),
  table('tt', { kind: 'tt', ranks: 2 }, [1, 1]),
  table('tt', { kind: 'tt', cores: 4, ranks: 2 }, [MAX_ID, 2]),
  table('tt with a table of prefixes', { ...tt, prefixTable: true }, [24, 6]),
  table(
    'hot-cold, cold in tt with a table of prefixes',
    { kind: 'hot-cold', hot: 5, cold: { ...tt, prefixTable: true } },
    [53, 6],
  ),

  hashed('hash', hash, [MAX_ID, 3], 5),
  hashed('hash, seeded', { ...hash, seed: 7 }, [100, 1], 5),
  hashed('hash, modulo', { ...hash, function: 'modulo' }, [MAX_ID, 3], 5),
  hashed('hash to one bucket', { ...hash, buckets: 1 }, [50, 2], 1),
  hashed('hash to tt', { kind: 'hash', buckets: 17, into: tt }, [MAX_ID, 4], 17),
  hashed('hash to hash', { kind: 'hash', buckets: 40, into: { ...hash, seed: 1 } }, [100, 2], 5),
  hashed('hash, 3 probes in few buckets', { ...hash, probes: 3 }, [MAX_ID, 3], null),
  hashed('hash, 3 probes', { ...hash, buckets: 150, probes: 3 }, [MAX_ID, 3], 150),
  hashed('hash, 2 signed probes in few buckets', { ...hash, probes: 2, signs: true }, [37, 1], null),
  hashed(
    'hash, 2 signed probes, seeded',
    { ...hash, buckets: 150, probes: 2, signs: true, seed: 3 },
    [MAX_ID, 2],
    150,
  ),
  hashed('hash, signed, to tt', { ...hash, buckets: 11, signs: true, into: tt }, [100, 4], 11),
  hashed('hash, signed, modulo', { ...hash, function: 'modulo', signs: true }, [1, 3], 5),

  hashed('hash, 2 weighted probes', { ...hash, buckets: 150, probes: 2, importance: 70 }, [MAX_ID, 3], 150),
  hashed(
    'hash, 3 weighted probes in few buckets',
    { ...hash, probes: 3, importance: 4, seed: 2 },
    [37, 2],
    null,
  ),
  hashed(
    'hash, 2 weighted probes, to tt',
    { ...hash, buckets: 17, probes: 2, importance: 5, into: tt },
    [53, 4],
    null,
  ),

  hashed('pool of chunks', { kind: 'pool', chunk: 2, buckets: 150, seed: 5 }, [MAX_ID, 6], 150),
  hashed('pool of few chunks', { kind: 'pool', chunk: 1, buckets: 7 }, [37, 3], null),
  hashed('pool of whole rows', { kind: 'pool', chunk: 4, buckets: 40 }, [53, 4], 40),
  {
    ...trained(
      'pool of chunks in 4 bits',
      { kind: 'pool', chunk: 2, buckets: 11, into: { kind: 'integers', bits: 4 } },
      { float: { kind: 'pool', chunk: 2, buckets: 11 } },
      [40, 4],
    ),
    initialRows: null,
  },

  table('hot-cold, cold in tt', { kind: 'hot-cold', hot: 5, cold: tt }, [53, 6]),
  table('hot-cold, both in tt', { kind: 'hot-cold', hot: 12, hotTable: tt, cold: tt }, [40, 4]),
  table('hot-cold, cold hashed', { kind: 'hot-cold', hot: 2, cold: hash }, [40, 2]),
  table('hot-cold, hot past 2^31', { kind: 'hot-cold', hot: 2 ** 31 + 1, hotTable: hash, cold: hash }, [
    MAX_ID,
    2,
  ]),
  table('hot-cold', { kind: 'hot-cold', hot: 1, cold: dense }, [2, 1]),
  table(
    'hot-cold, colder and coldest',
    { kind: 'hot-cold', hot: 3, cold: { kind: 'hot-cold', hot: 7, cold: { kind: 'low-rank', rank: 1 } } },
    [29, 3],
  ),

  table('low-rank', { kind: 'low-rank', rank: 2 }, [13, 5]),
  table('low-rank', { kind: 'low-rank', rank: 1 }, [1, 1]),
  table('low-rank of full rank', { kind: 'low-rank', rank: 3 }, [7, 3]),
  table('mixed-dimension of tt', { kind: 'mixed-dimension', dim: 4, into: tt }, [29, 6]),
  table(
    'mixed-dimension of mixed-dimension',
    { kind: 'mixed-dimension', dim: 3, into: { kind: 'mixed-dimension', dim: 2, into: dense } },
    [9, 4],
  ),
  table('mixed-dimension of hash', { kind: 'mixed-dimension', dim: 2, into: hash }, [MAX_ID, 4]),

  ...combinations.flatMap((combine) => [
    table(`quotient and remainder, ${combine}`, { ...remainders, combine }, [23, 3]),
    table(`2 hashes, ${combine}`, { ...hashes, combine }, [31, 2]),
    table(`3 hashes, ${combine}, seeded`, { ...hashes, hashes: 3, seed: 9, combine }, [MAX_ID, 4]),
  ]),
  table(
    'quotient and remainder of tt, product',
    { ...remainders, buckets: 2 ** 16, combine: 'product', into: tt },
    [MAX_ID, 4],
  ),
  table('quotient and remainder of one row, product', { ...remainders, combine: 'product' }, [1, 1]),

  { ...table('cached tt', { kind: 'cached', rows: 3, into: tt }, [24, 4]), ...emptyCache(3) },
  { ...table('cached tt of 1 core', { kind: 'cached', rows: 1, into: tt1 }, [7, 1]), ...emptyCache(1) },
  {
    ...hashed('hash to cached tt', { ...hash, into: { kind: 'cached', rows: 3, into: tt } }, [MAX_ID, 4], 5),
    ...emptyCache(3),
  },
  {
    ...table(
      'hot-cold, cold in cached tt',
      { kind: 'hot-cold', hot: 29, cold: { kind: 'cached', rows: 3, into: tt } },
      [53, 6],
    ),
    ...emptyCache(3, 'cold.'),
  },

  refreshed('cached tt', cached, [24, 4]),
  refreshed('cached tt, by gradient', { ...cached, importance: 'gradient' }, [24, 4]),
  refreshed('cached hash, by gradient', { ...cached, importance: 'gradient', into: hash }, [40, 3]),
  {
    ...refreshed(
      'cached low-rank in integers',
      { ...cached, into: { kind: 'low-rank', rank: 2, bits: 8 } },
      [24, 4],
    ),
    integers: { float: { ...cached, into: { kind: 'low-rank', rank: 2 } }, bits: 8 },
  },
  refreshed('cached tt of 1 core', { ...cached, rows: 1, into: tt1 }, [7, 1]),
  refreshed('hash to cached tt', { ...hash, into: cached }, [MAX_ID, 4]),
  refreshed('hot-cold, cold in cached tt', { kind: 'hot-cold', hot: 2, cold: cached }, [53, 6]),

  trained('integers of 8 bits', { kind: 'integers' }, { float: dense }, [13, 5]),
  trained('integers of 8 bits', { kind: 'integers' }, { float: dense }, [1, 1]),
  trained('integers of 4 bits', { kind: 'integers', bits: 4 }, { float: dense }, [13, 5]),
  trained('integers of 2 bits', { kind: 'integers', bits: 2 }, { float: dense }, [13, 5]),
  trained('integers of tt', { kind: 'integers', into: tt }, { float: tt }, [24, 4]),
  trained(
    'low-rank in 8 bits',
    { kind: 'low-rank', rank: 2, bits: 8 },
    { float: { kind: 'low-rank', rank: 2 } },
    [13, 5],
  ),
  trained(
    'low-rank in 4 bits, two rows a byte',
    { kind: 'low-rank', rank: 1, bits: 4 },
    { float: { kind: 'low-rank', rank: 1 } },
    [13, 5],
  ),
  trained(
    'low-rank in 2 bits',
    { kind: 'low-rank', rank: 1, bits: 2 },
    { float: { kind: 'low-rank', rank: 1 } },
    [29, 3],
  ),
  trained(
    'quotient and remainder, product, in integers',
    { ...remainders, combine: 'product', into: { kind: 'integers', range: 16 } },
    { float: { ...remainders, combine: 'product' } },
    [23, 3],
  ),
  {
    ...trained(
      'hash of integers',
      { ...hash, into: { kind: 'integers', bits: 4 } },
      { float: hash },
      [100, 3],
    ),
    initialRows: 5,
  },
  trained(
    'hot-cold, hot in integers',
    { kind: 'hot-cold', hot: 5, hotTable: { kind: 'integers' }, cold: dense },
    { float: { kind: 'hot-cold', hot: 5, cold: dense } },
    [13, 5],
  ),

  table('sum of low-rank and hash', { kind: 'sum', parts: [{ kind: 'low-rank', rank: 1 }, hash] }, [23, 4]),
  table('sum of dense tables', { kind: 'sum', parts: [dense, dense, dense] }, [1, 1]),
  trained(
    'sum of tt and low-rank in 4 bits',
    { kind: 'sum', parts: [tt, { kind: 'low-rank', rank: 1, bits: 4 }], shares: [1, 2] },
    { float: { kind: 'sum', parts: [tt, { kind: 'low-rank', rank: 1 }] } },
    [24, 4],
  ),
  {
    ...table('vocabulary of 5 rows', { kind: 'vocabulary-limit', rows: 5, into: dense }, [MAX_ID, 3]),
    initialRows: 5,
  },
  table('vocabulary of all rows', { kind: 'vocabulary-limit', rows: 13, into: tt }, [13, 4]),
  {
    ...trained(
      'vocabulary of 9 rows, low-rank in 4 bits',
      { kind: 'vocabulary-limit', rows: 9, into: { kind: 'low-rank', rank: 3, bits: 4 } },
      { float: { kind: 'vocabulary-limit', rows: 9, into: { kind: 'low-rank', rank: 3 } } },
      [31, 4],
    ),
    initialRows: 9,
  },

  table(
    'bands of three kinds',
    { kind: 'bands', edges: [3, 9], tables: [dense, tt, { kind: 'low-rank', rank: 2 }] },
    [24, 4],
  ),
  table('tt for permuted ids', { kind: 'permuted', into: tt }, [24, 4]),
  table('dense for permuted ids', { kind: 'permuted', among: 'similar', seed: 5, into: dense }, [13, 3]),

  table('int8 of dense', { kind: 'int8', into: dense }, [13, 5]),
  table('int8 of tt', { kind: 'int8', into: tt }, [24, 4]),
  table('int4 of dense', { kind: 'int4', into: dense }, [13, 5]),
  table(
    'hot-cold, both in integers',
    {
      kind: 'hot-cold',
      hot: 4,
      hotTable: { kind: 'int8', into: dense },
      cold: { kind: 'int4', into: dense },
    },
    [13, 5],
  ),
];

function table(name: string, config: TableConfig, [numEmbeddings, embeddingDim]: Size): TableUnderTest {
  return {
    name,
    config,
    numEmbeddings,
    embeddingDim,
    refits: !inexact.includes(name),
    // Rows of an odd number of 4-bit integers end with half a byte more.
    reference: (values, id, hostTensors) =>
      Array.from(referenceRows(config, [...values, ...hostTensors], embeddingDim, numEmbeddings)(id)).slice(
        0,
        embeddingDim,
      ),
  };
}

/** A table that trains integers, and the one with float32 numbers in their place. */
function trained(
  name: string,
  config: TableConfig,
  { float }: { readonly float: TableConfig },
  size: Size,
): TableUnderTest {
  return { ...table(name, config, size), integers: { float, bits: bitsIn(config) } };
}

function bitsIn(config: TableConfig): number {
  if (config.kind === 'integers' || config.kind === 'low-rank') return config.bits ?? 8;
  if (config.kind === 'sum') return Math.min(...config.parts.map(bitsIn));
  return 'into' in config ? bitsIn(config.into ?? dense) : 8;
}

/** What is known of a cache in the suite's few steps. */
function emptyCache(rows: number, path = ''): Pick<TableUnderTest, 'derivedHostBytes' | 'idle'> {
  return { derivedHostBytes: mapBytes(rows), idle: [`${path}cache.weight`] };
}

/** From ids to places: twice as many slots as rows, to a power of two, of 8 bytes each. */
function mapBytes(rows: number): number {
  return 8 * 2 ** Math.ceil(Math.log2(2 * rows));
}

/** As two refreshes leave it: with rows in the cache, which no TT has, and the next refresh past what the suite does. */
function refreshed(name: string, config: TableConfig, size: Size): TableUnderTest {
  const { rows } = cachedIn(config);
  return {
    ...table(`${name}, refreshed`, config, size),
    stepsBefore: 10,
    refits: false,
    initialRows: null,
    derivedHostBytes: mapBytes(rows),
  };
}

function cachedIn(config: TableConfig): CachedConfig {
  if (config.kind === 'cached') return config;
  return cachedIn(config.kind === 'hash' ? config.into : (config as HotColdConfig).cold);
}

/** Rows of a hash start with the variance of a table of its buckets. */
function hashed(name: string, config: TableConfig, size: Size, initialRows: number | null): TableUnderTest {
  return { ...table(name, config, size), initialRows };
}
