import { nativeBackendFactory } from '@ttrec/backend-native';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FinalRecord } from '@ttrec/training/records';
import { expect, test } from 'vitest';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const hash = (buckets: number) => ({ kind: 'hash', buckets, into: { kind: 'dense' } }) as const;

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
    expect(data).toEqual({
      rows: { train: 312, validation: 60, test: 60 },
      badLines: 0,
      rowsAre: 'generated',
      readingThread: false,
    });
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
  [[{ ...variants[1]!, sameBytesAs: 'ttt' }, variants[0]!], 'training/unknown-variant', 'Did you mean "tt"?'],
  [[variants[0]!, variants[0]!], 'training/duplicate-variant', 'must have different names, got tt'],
  [
    [{ ...variants[0]!, sameBytesAs: 'hash' }, variants[1]!],
    'training/same-bytes-circle',
    'must lead to a variant that has bytes of its own, got tt → hash → tt.',
  ],
  [
    [variants[0]!, { name: 'dense', tables: {}, sameBytesAs: 'tt' }],
    'training/cannot-match-bytes',
    'bytes at the least as "dense"',
  ],
])('compare refuses %j', async (bad, code, words) => {
  const config = writeConfig(folder, `${code.slice(9)}.json`, { ...tinyConfig(), variants: bad });
  const ended = await ttrec('compare', config, '--out', join(folder, code));
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain(words);
  expect(ended.stderr).toContain(`(${code})`);
});

test.concurrent('backends lists the engines, the one that auto takes first', async () => {
  const native = await nativeBackendFactory.availability();
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
      { name: 'native', priority: 15, ...(native.available && { available: true, engine: native.engine }) },
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

test.concurrent('plan prices every variant of a comparison', async () => {
  const config = writeConfig(folder, 'plan.json', { ...tinyConfig(), variants });
  const { code, stdout } = await ttrec('plan', config, '--json');
  expect(code).toBe(0);
  const { variants: planned } = JSON.parse(stdout) as { variants: { variant: string; bytes: number }[] };
  expect(planned.map(({ variant }) => variant)).toEqual(['tt', 'hash']);
  expect(planned[1]!.bytes).toBeLessThanOrEqual(planned[0]!.bytes);
});
