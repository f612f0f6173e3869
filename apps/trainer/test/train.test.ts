import { nativeBackendFactory } from '@ttrec/backend-native';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@ttrec/core';
import type { FinalRecord } from '@ttrec/training/records';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, ttrec, ttrecProcess, writeConfig } from './command.ts';
import { records } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const native = await nativeBackendFactory.availability();

const folder = temporaryFolder();
const split = { by: 'random', validation: 0.15, test: 0.2 };

/** 300 made-up clicks in the shape of the Criteo logs: C1 decides the label nine times in ten. */
function criteoFile(): string {
  const stream = new RandomStream(5, 'criteo file');
  const line = () => {
    const ids = Array.from({ length: 26 }, (_, c) => Math.floor(stream.nextUniform() * (c + 3)));
    const label = stream.nextUniform() < 0.9 ? ids[0]! % 2 : 1 - (ids[0]! % 2);
    const integers = Array.from({ length: 13 }, () => Math.floor(stream.nextUniform() * 20) - 1);
    return [label, ...integers, ...ids.map((id) => id.toString(16).padStart(8, '0'))].join('\t');
  };
  const path = join(folder, 'clicks.tsv');
  writeFileSync(path, Array.from({ length: 300 }, line).join('\n'));
  return path;
}

function csvFile(): string {
  const stream = new RandomStream(6, 'csv file');
  const line = () => {
    const [user, item] = [Math.floor(stream.nextUniform() * 30), Math.floor(stream.nextUniform() * 12)];
    return `u${user},"item, ${item}",${stream.nextUniform().toFixed(3)},${item % 3 === 0 ? 'buy' : 'look'}`;
  };
  const path = join(folder, 'shop.csv');
  writeFileSync(path, ['user,item,price,action', ...Array.from({ length: 300 }, line)].join('\n'));
  return path;
}

const inputs = {
  synthetic: () => tinyConfig(),
  criteo: () => {
    criteoFile();
    const rest = tinyConfig({
      model: { tables: { largest: { count: 2, use: { kind: 'tt', ranks: 2 } } } },
    });
    // Relative to the config file.
    return { ...rest, data: { format: 'criteo', path: 'clicks.tsv', ids: { kind: 'vocabulary' }, split } };
  },
  csv: () => {
    const rest = tinyConfig({
      model: { bottomMlp: [], tables: { default: { kind: 'hash', buckets: 8, into: { kind: 'dense' } } } },
    });
    const label = { column: 'action', equals: 'buy' };
    const features = [{ column: 'user' }, { column: 'item' }];
    return { ...rest, data: { format: 'csv', path: csvFile(), label, features, split } };
  },
};

describe.concurrent.each(Object.entries(inputs))('train on %s data', (name, configOf) => {
  const run = join(folder, name);
  // One of them in a process of its own.
  const command = name === 'synthetic' ? ttrecProcess : ttrec;
  const trained = command('train', writeConfig(folder, `${name}.json`, configOf()), '--out', run, '--json');

  test('exits with 0 and prints one line, the record of the run', async () => {
    const { code, stdout, stderr } = await trained;
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const final = JSON.parse(stdout) as FinalRecord;
    const rows = name === 'synthetic' ? 60 : expect.any(Number);
    const metric = expect.any(Number);
    expect(final).toMatchObject({
      type: 'final',
      runFolder: run,
      test: {
        rows,
        logLoss: metric,
        baseRateLogLoss: metric,
        auc: metric,
        normalizedEntropy: metric,
        calibration: metric,
        step: metric,
      },
      tables: { bytes: metric, denseBytes: metric, compression: metric },
      data: {
        rows: { train: metric, validation: metric, test: rows },
        badLines: 0,
        rowsAre: name === 'synthetic' ? 'generated' : 'in memory',
        readingThread: false,
      },
      samplesPerSecond: metric,
      backend: native.available ? 'native' : 'wasm',
      engine: {
        threads: 1,
        passedOver: [
          { name: 'gpu', reason: expect.stringContaining('no navigator.gpu') },
          ...(native.available ? [] : [{ name: 'native', reason: native.reason }]),
        ],
      },
      seed: 3,
    });
    const { test: tested, tables } = final;
    expect(tested.normalizedEntropy).toBeCloseTo(tested.logLoss! / tested.baseRateLogLoss!, 12);
    expect(tables.compression).toBeCloseTo(tables.denseBytes / tables.bytes, 12);
    expect(final.samples).toBeGreaterThan(300);
  });

  test('leaves config, records, result, report and checkpoints in the run folder', async () => {
    const { stdout } = await trained;
    const final = JSON.parse(stdout) as FinalRecord;
    expect(JSON.parse(readFileSync(join(run, 'final.json'), 'utf8'))).toEqual(final);
    expect(JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'))).toMatchObject({
      baseDirectory: folder,
      config: { name: 'tiny', training: { learningRate: 0.02 }, data: { format: name } },
    });
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('<svg');
    for (const file of ['latest.json', 'best.json'])
      expect(existsSync(join(run, 'checkpoints', file))).toBe(true);

    const lines = records(run);
    const steps = lines.flatMap((record) => (record.type === 'train' ? [record.step] : []));
    expect(steps).toEqual(Array.from({ length: final.steps }, (_, i) => i + 1));
    const validations = lines.flatMap((record) => (record.type === 'validation' ? [record] : []));
    expect(validations.map(({ step }) => step)).toEqual(steps.filter((step) => step % 7 === 0));
    for (const { metrics } of validations) expect(metrics.logLoss).toBeGreaterThan(0);
    expect(lines.at(-1)).toEqual(final);
  });

  test('evaluate finds the metrics that the run ended with', async () => {
    const { stdout } = await trained;
    const final = JSON.parse(stdout) as FinalRecord;
    const evaluated = await ttrec('evaluate', run, '--json');
    expect(evaluated.code).toBe(0);
    expect(JSON.parse(evaluated.stdout)).toEqual({
      type: 'evaluation',
      runFolder: run,
      test: final.test,
      backend: final.backend,
      engine: { description: final.engine.description, threads: 1 },
    });
  });
});

test.concurrent('flags replace what the config says, and people read words on stdout', async () => {
  const config = writeConfig(folder, 'flags.json', tinyConfig());
  const run = join(folder, 'flags');
  const flags = ['--steps', '5', '--seed', '9', '--batch-size', '8', '--learning-rate', '0.5'];
  const { code, stdout, stderr } = await ttrec('train', config, '--out', run, '--backend', 'cpu', ...flags);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^test {5}log-loss 0\.\d{4} \(base rate 0\.\d{4}\), AUC 0\.\d{4}, /);
  expect(stdout).toMatch(/\nreport .*report\.html\n$/);
  expect(stderr).toContain('rows     train 312 validation 60 test 60; 3 dense columns, 3 id features');
  expect(stderr).toContain('step 5/5  loss');
  expect(JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'))).toMatchObject({
    config: { seed: 9, backend: 'cpu', training: { steps: 5, batchSize: 8, learningRate: 0.5 } },
  });
});

test.concurrent('--data takes another file, from the working directory', async () => {
  const config = writeConfig(folder, 'elsewhere.json', { ...inputs.csv(), name: 'elsewhere' });
  const other = join(folder, 'other.csv');
  writeFileSync(other, `user,item,price,action\n${'a,b,1,buy\nc,d,2,look\n'.repeat(50)}`);
  const { code, stderr } = await ttrec('train', config, '--data', other, '--out', join(folder, 'elsewhere'));
  expect(code).toBe(0);
  expect(stderr).toContain(other);
});

test.concurrent('bad lines are skipped when asked, counted, and shown', async () => {
  const config = writeConfig(folder, 'skip.json', { ...inputs.criteo(), name: 'skip' });
  const spoiled = join(folder, 'spoiled.tsv');
  const lines = readFileSync(join(folder, 'clicks.tsv'), 'utf8').split('\n');
  writeFileSync(
    spoiled,
    [...lines.slice(0, 3), lines[3]!.replace(/^\d/, '7'), 'short', ...lines.slice(4)].join('\n'),
  );
  const args = ['train', config, '--data', spoiled, '--out', join(folder, 'skip')];

  const failed = await ttrec(...args);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('(data/malformed-line)');
  expect(failed.stderr).toMatch(/spoiled\.tsv.*4.*1 \(label\).*must be 0 or 1, got "7"/);

  const skipped = await ttrec(...args, '--on-bad-line', 'skip', '--json');
  expect(skipped.code).toBe(0);
  expect(skipped.stderr).toContain('skipped  2 bad lines, the first:');
  expect(skipped.stderr).toMatch(/spoiled\.tsv:4, 1 \(label\): must be 0 or 1, got 7/);
  expect(skipped.stderr).toMatch(/spoiled\.tsv:5: a line must have 40 tab-separated columns, got 1/);
  expect(skipped.stdout.trimEnd().split('\n')).toHaveLength(1);
  const { data } = JSON.parse(skipped.stdout) as FinalRecord;
  expect(data.badLines).toBe(2);
  // 300 lines: the fourth was spoiled, and one that is no row was put in after it.
  expect(data.rows.train + data.rows.validation + data.rows.test).toBe(299);
  const page = readFileSync(join(folder, 'skip', 'report.html'), 'utf8');
  expect(page).toMatch(/bad lines skipped<\/th>\s*<td>2<\/td>/);
});
