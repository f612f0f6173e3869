import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, ttrec } from './command.ts';
import { records, resumeIn, savedTensors, timelessRecords, trainIn } from './in-process.ts';
import { tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();

const tables = {
  dense: { kind: 'dense' },
  tt: { kind: 'tt', ranks: 3 },
  'hash→tt': { kind: 'hash', buckets: 40, into: { kind: 'tt', ranks: 2 } },
  'signed probes': { kind: 'hash', buckets: 9, probes: 2, signs: true, into: { kind: 'dense' } },
  'hot-cold': { kind: 'hot-cold', hot: 5, cold: { kind: 'tt', ranks: 2 } },
  products: { kind: 'compositional', method: 'quotient-remainder', buckets: 8, combine: 'product' },
  // Refreshes at steps 2, 5 … 29, some on either side of each pause.
  'cached→tt': { kind: 'cached', rows: 3, into: { kind: 'tt', ranks: 2 }, warmUp: 2, refreshEvery: 3 },
  hashes: { kind: 'compositional', method: 'hashes', buckets: 8, combine: 'concatenate' },
  'low-rank': { kind: 'low-rank', rank: 2 },
  'mixed-dimension': { kind: 'mixed-dimension', dim: 2, into: { kind: 'tt', ranks: 2 } },
} as const;

// A tensor train has no rows to give row-wise Adagrad.
const cases = [
  ['sgd', 'dense'],
  ['sgd', 'tt'],
  ['sgd', 'hash→tt'],
  ['sgd', 'cached→tt'],
  ['adagrad', 'dense'],
  ['adagrad', 'tt'],
  ['adagrad', 'hash→tt'],
  ['adagrad', 'cached→tt'],
  ['rowwise-adagrad', 'dense'],
  ['adagrad', 'signed probes'],
  ['adagrad', 'hot-cold'],
  ['adagrad', 'products'],
  ['rowwise-adagrad', 'hashes'],
  ['adagrad', 'low-rank'],
  ['sgd', 'mixed-dimension'],
] as const;

function configOf(rule: string, kind: keyof typeof tables, training: Record<string, unknown> = {}) {
  const optimizer = { embeddings: { rule }, dense: { rule: rule === 'rowwise-adagrad' ? 'adagrad' : rule } };
  return tinyTrainConfig({
    model: { tables: { default: tables[kind] } },
    training: { optimizer, learningRate: 0.05, ...training },
  });
}

describe.each(cases)('%s on %s tables', (rule, kind) => {
  test('15 steps and 15 more are 30 steps, bit for bit, across the end of an epoch', async () => {
    const [whole, halves] = [join(folder, `${rule}-${kind}-whole`), join(folder, `${rule}-${kind}-halves`)];
    await trainIn(whole, configOf(rule, kind, { steps: 30 }));
    await trainIn(halves, configOf(rule, kind, { steps: 15 }));
    await resumeIn(halves, { steps: 30 });
    const saved = savedTensors(whole);
    expect(saved['latest.json']).toBe('step-00000030');
    expect(savedTensors(halves)).toEqual(saved);
    expect(timelessRecords(halves)).toEqual(timelessRecords(whole));
    expect(records(whole).filter(({ type }) => type === 'validation')).toHaveLength(4);
  });
});

test('the best so far is remembered over a pause in which nothing better came', async () => {
  // So high a rate makes the first evaluation the best one for good.
  const config = (steps: number) => configOf('sgd', 'dense', { steps, learningRate: 6, evaluateEvery: 5 });
  const [whole, parts] = [join(folder, 'best-whole'), join(folder, 'best-parts')];
  await trainIn(whole, config(28));
  await trainIn(parts, config(13));
  await resumeIn(parts, { steps: 22 });
  await resumeIn(parts, { steps: 28 });
  const bests = records(whole).filter((record) => record.type === 'validation' && record.best);
  expect(bests.at(-1)).toMatchObject({ step: expect.any(Number) });
  expect(savedTensors(whole)['best.json']).not.toBe(savedTensors(whole)['latest.json']);
  expect(savedTensors(parts)).toEqual(savedTensors(whole));
  expect(timelessRecords(parts)).toEqual(timelessRecords(whole));
});

test('the records of windows that a pause cuts are those of the run that never stopped', async () => {
  const config = (steps: number) => configOf('adagrad', 'tt', { steps, logEvery: 6, evaluateEvery: 4 });
  const [whole, parts] = [join(folder, 'window-whole'), join(folder, 'window-parts')];
  await trainIn(whole, config(26));
  await trainIn(parts, config(9));
  await resumeIn(parts, { steps: 17 });
  await resumeIn(parts, { steps: 26 });
  expect(timelessRecords(parts)).toEqual(timelessRecords(whole));
});

test('the same run twice has the same bits, and another seed has others', async () => {
  const [first, second, other] = [join(folder, 'first'), join(folder, 'second'), join(folder, 'other')];
  const config = configOf('adagrad', 'tt', { steps: 12 });
  await trainIn(first, config);
  await trainIn(second, config);
  await trainIn(other, { ...config, seed: config.seed + 1 });
  expect(savedTensors(second)).toEqual(savedTensors(first));
  expect(timelessRecords(second)).toEqual(timelessRecords(first));
  expect(savedTensors(other)['latest.json model.safetensors']).not.toBe(
    savedTensors(first)['latest.json model.safetensors'],
  );
});

test('resuming a run that is done tests it again and trains no further', async () => {
  const done = join(folder, 'done');
  const outcome = await trainIn(done, configOf('sgd', 'dense', { steps: 8 }));
  const before = [savedTensors(done), timelessRecords(done)];
  expect(await resumeIn(done)).toMatchObject({ final: { steps: 8 } });
  expect([savedTensors(done), timelessRecords(done)]).toEqual(before);
  expect(outcome.interrupted).toBe(false);
});

test('a run cannot be made shorter, and is left as it was', async () => {
  const run = join(folder, 'shorter');
  await trainIn(run, configOf('sgd', 'dense', { steps: 8 }));
  const files = ['config.json', 'metrics.jsonl', 'final.json', 'report.html'];
  const contents = () => files.map((file) => readFileSync(join(run, file), 'utf8'));
  const before = [contents(), savedTensors(run)];
  await expect(resumeIn(run, { steps: 7 })).rejects.toThrow(
    expect.objectContaining({
      code: 'training/already-trained',
      message: expect.stringContaining(
        `${run}: must go on to at least step 8, where it stands, got a target of step 7.`,
      ),
    }),
  );
  expect([contents(), savedTensors(run)]).toEqual(before);
});

test('a run with caches records their hits, and evaluates as it was tested', async () => {
  const run = join(folder, 'cached');
  const outcome = await trainIn(run, configOf('adagrad', 'cached→tt', { steps: 30, logEvery: 10 }));
  const trained = records(run).filter((record) => record.type === 'train');
  expect(trained).toHaveLength(3);
  for (const { caches } of trained) {
    expect(Object.keys(caches!)).toEqual(['C1', 'C2', 'C3']);
    for (const { lookups, hits, hitRate, refreshes } of Object.values(caches!)) {
      expect(lookups).toBeGreaterThan(100);
      expect(hitRate).toBe(hits / lookups);
      expect(refreshes).toBeGreaterThan(2);
    }
  }
  // Three of the seven ids of C3 are most of its lookups.
  expect(trained[2]!.caches!.C3!.hitRate).toBeGreaterThan(0.5);
  const { final } = outcome as Extract<typeof outcome, { interrupted: false }>;
  const evaluated = JSON.parse((await ttrec('evaluate', run, '--json')).stdout) as { test: object };
  expect(evaluated.test).toEqual(final.test);
});
