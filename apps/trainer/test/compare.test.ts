import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cost, type TableConfig } from '@ttrec/embeddings';
import { expect, test } from 'vitest';
import { fitToBytes } from '../src/run/same-bytes.ts';
import type { FinalRecord } from '../src/run/records.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const hash = (buckets: number) => ({ kind: 'hash', buckets, into: { kind: 'dense' } }) as const;
const hashTT = { kind: 'hash', buckets: 90, into: { kind: 'tt', ranks: 1 } } as const;
const size = { numEmbeddings: 2000, embeddingDim: 8 };
const bytesOf = (config: TableConfig) => cost(config, size).bytes;

/** The same table one step larger: a bucket or a rank more. */
function larger(config: TableConfig): TableConfig {
  if (config.kind === 'tt') return { ...config, ranks: (config.ranks as number) + 1 };
  if (config.kind === 'dense') throw new Error('a dense table has no steps');
  return config.into.kind === 'dense'
    ? { ...config, buckets: config.buckets + 1 }
    : { ...config, into: larger(config.into) };
}

test.each<TableConfig>([
  hash(3),
  hash(1999),
  { kind: 'tt', ranks: 40 },
  { kind: 'tt', ranks: 1, cores: 2 },
  hashTT,
])('a table fitted to bytes is within a step of them and never above: %o', (config) => {
  for (const bytes of [1500, 4096, 4097, 20_000, 64_000]) {
    const fitted = fitToBytes(config, size, bytes);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(bytes);
    expect(bytesOf(larger(fitted))).toBeGreaterThan(bytes);
    expect(fitToBytes(fitted, size, bytes)).toEqual(fitted);
  }
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
      { name: 'wasm', priority: 10, available: true, engine: expect.stringContaining('WebAssembly SIMD') },
      { name: 'cpu', priority: 0, available: true },
    ],
  });
});
