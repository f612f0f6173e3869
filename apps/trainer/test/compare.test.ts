import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cost, type TableConfig } from '@ttrec/embeddings';
import type { HashConfig, TTConfig } from '@ttrec/embeddings/kind';
import { balancedRowShape } from '@ttrec/tensor-train/shapes';
import type { FinalRecord } from '@ttrec/training';
import { compareConfigSchema, parseConfig } from '@ttrec/training/config';
import { expect, test } from 'vitest';
import { fitToBytes } from '../src/run/same-bytes.ts';
import { variantConfigs } from '../src/run/variant-configs.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const hash = (buckets: number) => ({ kind: 'hash', buckets, into: { kind: 'dense' } }) as const;
const hashTT = { kind: 'hash', buckets: 90, into: { kind: 'tt', ranks: 1 } } as const;
const size = { numEmbeddings: 2000, embeddingDim: 8 };
const bytesOf = (config: TableConfig) => cost(config, size).bytes;

/** The same table one step larger: a rank more, or inside a hash a bucket. */
function larger(config: TableConfig): TableConfig {
  if (config.kind === 'tt') return { ...config, ranks: (config.ranks as number) + 1 };
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
  { kind: 'hot-cold', hot: 9, hotTable: { kind: 'tt', ranks: 2 }, cold: hash(3) },
  { kind: 'compositional', method: 'hashes', buckets: 4, combine: 'sum' },
])('a table fitted to bytes is within a step of them and never above: %o', (config) => {
  for (const bytes of [1500, 4096, 4097, 20_000, 64_000]) {
    const fitted = fitToBytes(config, size, bytes);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(bytes);
    expect(bytesOf(larger(fitted))).toBeGreaterThan(bytes);
    expect(fitToBytes(fitted, size, bytes)).toEqual(fitted);
  }
});

test('a hashed tensor train takes the rank that fits its buckets, and what is left for more buckets', () => {
  for (const bytes of [1500, 4097, 20_000, 64_000]) {
    const { buckets, into } = fitToBytes(hashTT, size, bytes) as HashConfig & { into: TTConfig };
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
  expect(fitToBytes(shaped, size, 20_000)).toMatchObject({ buckets: 90, into: { rowShape: [4, 5, 6] } });
});

test('a rank, a dimension and a quotient’s buckets take what fits', () => {
  const lowRank = { kind: 'low-rank', rank: 1 } as const;
  expect(fitToBytes(lowRank, size, 24_100)).toEqual({ ...lowRank, rank: 3 });
  const mixed = { kind: 'mixed-dimension', dim: 1, into: { kind: 'tt', ranks: 2, cores: 2 } } as const;
  const fitted = fitToBytes(mixed, size, 4000);
  expect(bytesOf(fitted)).toBeLessThanOrEqual(4000);
  const remainders = {
    kind: 'compositional',
    method: 'quotient-remainder',
    buckets: 1,
    combine: 'product',
  } as const;
  // 200 remainders and 10 quotients, of 8 floats each.
  expect(fitToBytes(remainders, size, 4 * 8 * 210)).toEqual({ ...remainders, buckets: 200 });
});

test('what cannot be chosen stays, and what cannot be that small is the smallest', () => {
  expect(fitToBytes({ kind: 'dense' }, size, 10)).toEqual({ kind: 'dense' });
  expect(fitToBytes(hash(50), size, 10)).toEqual(hash(1));
  const oneCore = { kind: 'tt', ranks: 5, cores: 1 } as const;
  expect(bytesOf(fitToBytes(oneCore, size, 1e6))).toBe(bytesOf(oneCore));
});

const largest = (use: object) => ({ largest: { count: 1, use } });
const variants = [
  { name: 'tt', tables: largest({ kind: 'tt', ranks: 2 }) },
  { name: 'hash', tables: largest(hash(7)), sameBytesAs: 'tt' },
];

test.concurrent('compare trains each variant and writes one record, table and page', async () => {
  const out = join(folder, 'out');
  const config = writeConfig(folder, 'c.json', { ...tinyConfig({ training: { steps: 8 } }), variants });
  const { code, stdout, stderr } = await ttrec('compare', config, '--out', out, '--json');
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  const { runs } = JSON.parse(stdout) as { runs: [FinalRecord, FinalRecord] };
  expect(runs.map(({ name }) => name)).toEqual(['tt', 'hash']);
  for (const { data } of runs)
    expect(data).toEqual({ rows: { train: 312, validation: 60, test: 60 }, badLines: 0 });
  const [tt, hashed] = runs.map(({ tables }) => tables.bytes) as [number, number];
  // One bucket is a row of 4 floats.
  expect(tt - hashed).toBeGreaterThanOrEqual(0);
  expect(tt - hashed).toBeLessThan(16);
  expect(JSON.parse(readFileSync(join(out, 'final.json'), 'utf8'))).toEqual({ type: 'comparison', runs });
  for (const file of ['report.html', 'tt/metrics.jsonl', 'hash/report.html']) {
    expect(existsSync(join(out, file))).toBe(true);
  }
  expect(stderr).toContain('── hash (2 of 2) ──');
});

test.concurrent.each([
  [[{ ...variants[1]!, sameBytesAs: 'ttt' }, variants[0]!], 'trainer/unknown-variant', 'Did you mean "tt"?'],
  [[variants[0]!, variants[0]!], 'trainer/duplicate-variant', 'must have different names, got tt'],
  [
    [{ ...variants[0]!, sameBytesAs: 'hash' }, variants[1]!],
    'trainer/same-bytes-circle',
    'must lead to a variant that has bytes of its own, got tt → hash → tt.',
  ],
  [
    [variants[0]!, { name: 'dense', tables: {}, sameBytesAs: 'tt' }],
    'trainer/cannot-match-bytes',
    'bytes at the least as "dense"',
  ],
])('compare refuses %j', async (bad, code, words) => {
  const config = writeConfig(folder, `${code.slice(8)}.json`, { ...tinyConfig(), variants: bad });
  const ended = await ttrec('compare', config, '--out', join(folder, code));
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain(words);
  expect(ended.stderr).toContain(`(${code})`);
});

test.concurrent('backends lists the engines, the one that auto takes first', async () => {
  const { code, stdout } = await ttrec('backends', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    backends: [
      {
        name: 'gpu',
        priority: 20,
        available: false,
        reason: 'webgpu: there is no navigator.gpu; webgl2: there is no WebGL2',
      },
      {
        name: 'wasm',
        priority: 10,
        available: true,
        engine: expect.stringContaining('WebAssembly SIMD'),
        threads: { default: 1, auto: Math.min(availableParallelism(), 64) },
      },
      {
        name: 'cpu',
        priority: 0,
        available: true,
        threads: { default: 1, auto: 1, reason: 'this engine computes on one' },
      },
    ],
  });
});

test('the bytes of a variant that takes those of a third are the ones it has in the end', () => {
  const schema = {
    dense: [],
    features: [{ name: 'f', table: 'f', numEmbeddings: 5000, multiValued: false }],
  };
  const chained = [
    { name: 'last', tables: largest(hash(9)), sameBytesAs: 'middle' },
    { name: 'middle', tables: largest({ kind: 'tt', ranks: 1 }), sameBytesAs: 'first' },
    { name: 'first', tables: largest(hash(100)) },
  ];
  const config = parseConfig(compareConfigSchema, { ...tinyConfig(), variants: chained }, 'c.json');
  const [last, middle, first] = variantConfigs(config, schema).map(({ model }) => {
    return cost(model.tables.byName!['f']!, { numEmbeddings: 5000, embeddingDim: model.embeddingDim }).bytes;
  }) as [number, number, number];
  expect(middle).toBeLessThanOrEqual(first);
  expect(last).toBeLessThanOrEqual(middle);
  // One bucket is a row of floats; the rank-1 tensor train that `middle` starts from is far below.
  expect(middle - last).toBeLessThan(4 * config.model.embeddingDim);
  expect(first - middle).toBeLessThan(first / 2);
});

test.concurrent('plan prices every variant of a comparison', async () => {
  const config = writeConfig(folder, 'plan.json', { ...tinyConfig(), variants });
  const { code, stdout } = await ttrec('plan', config, '--json');
  expect(code).toBe(0);
  const { variants: planned } = JSON.parse(stdout) as { variants: { variant: string; bytes: number }[] };
  expect(planned.map(({ variant }) => variant)).toEqual(['tt', 'hash']);
  expect(planned[1]!.bytes).toBeLessThanOrEqual(planned[0]!.bytes);
});
