import { cost, type TableConfig } from '@ttrec/embeddings';
import { resizedConfig, type HashConfig, type SumConfig, type TTConfig } from '@ttrec/embeddings/configs';
import { balancedRowShape } from '@ttrec/tensor-train/shapes';
import { expect, test } from 'vitest';

const hash = (buckets: number) => ({ kind: 'hash', buckets, into: { kind: 'dense' } }) as const;
const hashTT = { kind: 'hash', buckets: 90, into: { kind: 'tt', ranks: 1 } } as const;
const size = { numEmbeddings: 2000, embeddingDim: 8 };
const bytesOf = (config: TableConfig) => cost(config, size).bytes;

/** The same table one step larger: one more in every rank, or inside a hash a bucket. */
function larger(config: TableConfig): TableConfig {
  if (config.kind === 'tt') {
    const { ranks } = config;
    return { ...config, ranks: typeof ranks === 'number' ? ranks + 1 : ranks.map((rank) => rank + 1) };
  }
  if (config.kind === 'bands')
    return { ...config, tables: [...config.tables.slice(0, -1), larger(config.tables.at(-1)!)] };
  if (config.kind === 'hot-cold') return { ...config, cold: larger(config.cold) };
  if (config.kind === 'low-rank') return { ...config, rank: config.rank + 1 };
  if (config.kind === 'mixed-dimension') return { ...config, dim: config.dim + 1 };
  if (config.kind === 'compositional') return { ...config, buckets: config.buckets + 1 };
  if (config.kind !== 'hash') throw new Error(`a ${config.kind} table has no steps`);
  const { into, buckets } = config;
  if (into.kind === 'dense') return { ...config, buckets: buckets + 1 };
  if (into.kind === 'hash') return { ...config, into: larger(into) };
  if (into.kind !== 'tt') throw new Error('no step is known');
  const rowShape = balancedRowShape(buckets + 1, into.cores ?? 3);
  return { ...config, buckets: buckets + 1, into: { ...into, rowShape } };
}

test.each<TableConfig>([
  hash(3),
  hash(1999),
  { kind: 'tt', ranks: 40 },
  { kind: 'tt', ranks: 1, cores: 2 },
  hashTT,
  { ...hashTT, into: { kind: 'tt', ranks: 9, cores: 4 } },
  { kind: 'hash', buckets: 700, into: hashTT },
  { kind: 'hot-cold', hot: 20, cold: { kind: 'tt', ranks: 1 } },
  { kind: 'bands', edges: [5, 20], tables: [{ kind: 'dense' }, hash(3), { kind: 'tt', ranks: 1 }] },
  { kind: 'hot-cold', hot: 9, hotTable: { kind: 'tt', ranks: 2 }, cold: hash(3) },
  { kind: 'compositional', method: 'hashes', buckets: 4, combine: 'sum' },
  // The weights of the probes take their part of the bytes.
  {
    kind: 'hash',
    buckets: 700,
    probes: 2,
    importance: 100,
    into: { kind: 'hash', buckets: 3, into: { kind: 'dense' } },
  },
])('a table fitted to bytes is within a step of them and never above: %o', (config) => {
  for (const bytes of [1500, 4096, 4097, 20_000, 64_000]) {
    const fitted = resizedConfig(config, size, bytes);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(bytes);
    expect(bytesOf(larger(fitted))).toBeGreaterThan(bytes);
    expect(resizedConfig(fitted, size, bytes)).toEqual(fitted);
  }
});

test('a TT takes unequal ranks to come close to the bytes, and more bytes never give fewer parameters', () => {
  const tt = { kind: 'tt', ranks: 1 } as const;
  const large = { numEmbeddings: 48_749, embeddingDim: 16 };
  let before = 0;
  for (let bytes = 8000; bytes < 1_200_000; bytes = Math.ceil(1.007 * bytes)) {
    const { parameters } = cost(resizedConfig(tt, large, bytes), large);
    expect(4 * parameters).toBeLessThanOrEqual(bytes);
    // One rank of few is a large step: at 8 kB, from rank 2 to 3, a quarter.
    expect(4 * parameters).toBeGreaterThan((bytes < 20_000 ? 0.83 : bytes < 200_000 ? 0.92 : 0.98) * bytes);
    expect(parameters).toBeGreaterThanOrEqual(before);
    before = parameters;
  }
});

test('a hashed TT takes the rank that fits its buckets, and what is left for more buckets', () => {
  for (const bytes of [1500, 4097, 20_000, 64_000]) {
    const { buckets, into } = resizedConfig(hashTT, size, bytes) as HashConfig & { into: TTConfig };
    const { ranks, rowShape } = into as { ranks: number; rowShape: readonly number[] };
    const atRank = (rank: number) =>
      bytesOf({ ...hashTT, into: { ...into, ranks: rank, rowShape: balancedRowShape(90, 3) } });
    expect(atRank(ranks)).toBeLessThanOrEqual(bytes);
    expect(atRank(ranks + 1)).toBeGreaterThan(bytes);
    expect(buckets).toBeGreaterThanOrEqual(90);
    expect(rowShape.reduce((product, factor) => product * factor)).toBe(buckets);
    // The widest core slice: r · q · r floats, where 8 columns are 2 · 2 · 2.
    expect(bytes - bytesOf({ ...hashTT, buckets, into })).toBeLessThan(4 * 2 * ranks ** 2);
  }
  const shaped = { ...hashTT, into: { kind: 'tt', ranks: 1, rowShape: [4, 5, 6] } } as const;
  expect(resizedConfig(shaped, size, 20_000)).toMatchObject({ buckets: 90, into: { rowShape: [4, 5, 6] } });
});

test('a rank, a dimension and a quotient’s buckets take what fits', () => {
  const lowRank = { kind: 'low-rank', rank: 1 } as const;
  expect(resizedConfig(lowRank, size, 24_100)).toEqual({ ...lowRank, rank: 3 });
  const mixed = { kind: 'mixed-dimension', dim: 1, into: { kind: 'tt', ranks: 2, cores: 2 } } as const;
  const fitted = resizedConfig(mixed, size, 4000);
  expect(bytesOf(fitted)).toBeLessThanOrEqual(4000);
  const remainders = {
    kind: 'compositional',
    method: 'quotient-remainder',
    buckets: 1,
    combine: 'product',
  } as const;
  // 200 remainders and 10 quotients, of 8 floats each.
  expect(resizedConfig(remainders, size, 4 * 8 * 210)).toEqual({ ...remainders, buckets: 200 });
});

test('a sum splits bytes by its shares, and what one part leaves goes to another', () => {
  const tt = { kind: 'tt', ranks: 1 } as const;
  const lowRank = { kind: 'low-rank', rank: 1, bits: 4 } as const;
  for (const shares of [undefined, [1, 3]]) {
    const sum: TableConfig = { kind: 'sum', parts: [tt, lowRank], ...(shares && { shares }) };
    for (const bytes of [2000, 9000, 30_000]) {
      const fitted = resizedConfig(sum, size, bytes) as SumConfig;
      expect(bytesOf(fitted)).toBeLessThanOrEqual(bytes);
      const [first, second] = fitted.parts as [TableConfig, TableConfig];
      expect(bytesOf({ ...fitted, parts: [larger(first), second] })).toBeGreaterThan(bytes);
      // What the train cannot take is less than its share, or else the other has less.
      expect(bytesOf(second)).toBeLessThanOrEqual(Math.max(bytesOf(lowRank), bytes * (shares ? 0.75 : 0.5)));
    }
  }
});

test('cores of integers take the ranks that fit', () => {
  const cores = { kind: 'integers', into: { kind: 'tt', ranks: 1 } } as const;
  const { ranks } = (resizedConfig(cores, size, 3000) as { into: { ranks: number | number[] } }).into;
  expect(bytesOf({ ...cores, into: { kind: 'tt', ranks } })).toBeLessThanOrEqual(3000);
  expect(bytesOf({ ...cores, into: { kind: 'tt', ranks } })).toBeGreaterThan(2600);
});

test('a vocabulary is limited to as many rows as the bytes hold', () => {
  const limit = (rows: number, into: TableConfig) => ({ kind: 'vocabulary-limit', rows, into }) as const;
  // Half a byte a row, a step of 4 bytes, and a projection of 8 floats.
  const lowRank = { kind: 'low-rank', rank: 1, bits: 4 } as const;
  expect(resizedConfig(limit(1, lowRank), size, 4 + 32 + 300)).toEqual(limit(600, lowRank));
  expect(resizedConfig(limit(1, lowRank), size, 1e6)).toEqual(limit(2000, lowRank));
  // Bytes of a hash do not follow rows: its buckets take them.
  expect(resizedConfig(limit(700, hash(3)), size, 32 * 50)).toEqual(limit(700, hash(50)));
});

test('what cannot be chosen stays, and what cannot be that small is the smallest', () => {
  expect(resizedConfig({ kind: 'dense' }, size, 10)).toEqual({ kind: 'dense' });
  expect(resizedConfig(hash(50), size, 10)).toEqual(hash(1));
  const oneCore = { kind: 'tt', ranks: 5, cores: 1 } as const;
  expect(bytesOf(resizedConfig(oneCore, size, 1e6))).toBe(bytesOf(oneCore));
});
