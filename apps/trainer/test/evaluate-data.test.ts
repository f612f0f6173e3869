import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTtrecError } from '@ttrec/core';
import type { FinalRecord } from '@ttrec/training/records';
import { parseConfig, type TrainConfig, trainConfigSchema } from '@ttrec/training/config';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluate } from '../src/commands/evaluate.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { resumeIn, savedTensors, trainIn } from './in-process.ts';
import { tinyConfig, tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const header = 'user,item,age,day,y';

/** Day 0 … 399, whose last 80 are tested on. Which items are liked is fixed, so that there is something to learn. */
function row(day: number, change: { user?: string; item?: string; age?: string } = {}): string {
  const item = (day * 13) % 11;
  const { user = `u${day % 23}`, item: name = `i${item}`, age = String(20 + ((day * 7) % 40)) } = change;
  return [user, name, age, day, Number((item + (day % 23)) % 3 === 0)].join(',');
}

const days = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

function writeRows(name: string, rows: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, [header, ...rows].join('\n'));
  return path;
}

function configOf(path: string, dense: object = { column: 'age', transform: 'standardise' }): TrainConfig {
  const data = {
    format: 'csv',
    path,
    label: { column: 'y', equals: '1' },
    dense: [dense],
    features: [{ column: 'user' }, { column: 'item' }],
    ids: { kind: 'vocabulary', minCount: 2 },
    split: { by: 'column', column: 'day', validationFrom: 280, testFrom: 320 },
  };
  const { model, training } = tinyConfig({ training: { epochs: 1 } });
  return parseConfig(trainConfigSchema, { name: 'files', data, model, training }, 'files.json');
}

/** A run whose training file can be changed without any other test noticing. */
async function freshRun(name: string) {
  const data = writeRows(
    `${name}.csv`,
    days(0, 400).map((day) => row(day)),
  );
  const run = join(folder, name);
  await trainIn(run, configOf(data));
  return { run, data };
}

function lastLine(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, unknown>;
}

async function refusal(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const thrown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (isTtrecError(thrown)) return thrown;
  throw new Error('expected a refusal', { cause: thrown });
}

const tested = writeRows(
  'tested.csv',
  days(320, 400).map((day) => row(day)),
);

describe('evaluate --data', () => {
  let run: string;
  let final: FinalRecord;

  beforeAll(async () => {
    const fresh = await freshRun('gone');
    run = fresh.run;
    final = JSON.parse(readFileSync(join(run, 'final.json'), 'utf8')) as FinalRecord;
    rmSync(fresh.data);
  });

  // The test split in a file of its own: no vocabulary, mean or deviation of it is that of training, yet every metric is the same.
  test('without the training file, scores the rows that were held out exactly as training did', async () => {
    const { code, stdout } = await ttrec('evaluate', run, '--data', tested, '--json');
    expect(code).toBe(0);
    expect(lastLine(stdout)).toEqual({
      type: 'evaluation',
      runFolder: run,
      data: tested,
      test: final.test,
      backend: final.backend,
      engine: { description: final.engine.description, threads: 1 },
    });
  });

  test('scores all rows, unknown values too, and says what it skips only when told to', async () => {
    const rows = [
      row(0),
      row(1, { user: 'nobody', item: 'nothing' }),
      row(2, { age: 'old' }),
      row(3, { age: '' }),
    ];
    const path = writeRows('mixed.csv', rows);
    const refused = await ttrec('evaluate', run, '--data', path);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `${path}, line 4, column 3 (age): must be a decimal number or empty, got old`,
    );
    const skipped = await ttrec('evaluate', run, '--data', path, '--on-bad-line', 'skip', '--json');
    expect(skipped.code).toBe(0);
    expect(skipped.stderr).toContain('skipped  1 bad line,');
    expect(lastLine(skipped.stdout)).toMatchObject({
      test: { rows: 3, logLoss: expect.any(Number) as number },
    });
  });

  test('refuses --split, which would change nothing', async () => {
    const { code, stderr } = await ttrec('evaluate', run, '--data', tested, '--split', 'train');
    expect(code).toBe(2);
    expect(stderr).toContain(
      '--split: must be left out with --data, all rows of which are tested on, got train.',
    );
    expect(stderr).toContain('(trainer/split-of-other-data)');
  });

  test('refuses a folder without the encoding, and one whose encoding is damaged', async () => {
    const [without, damaged] = [join(folder, 'without'), join(folder, 'damaged')];
    cpSync(run, without, { recursive: true });
    cpSync(run, damaged, { recursive: true });
    rmSync(join(without, 'encoding.jsonl.gz'));
    const path = join(damaged, 'encoding.jsonl.gz');
    writeFileSync(path, readFileSync(path).subarray(0, 60));
    const missing = await refusal(evaluate(without, { data: tested }));
    expect(missing.code).toBe('training/no-encoding');
    expect(missing.message).toContain(
      `${join(without, 'encoding.jsonl.gz')}: must be in the run folder, where training saves what it learnt`,
    );
    const cut = await refusal(evaluate(damaged, { data: tested }));
    expect(cut.code).toBe('data/truncated-gzip');
    expect(cut.message).toContain(path);
  });

  test('refuses a config that reads other columns, and a checkpoint of another model', async () => {
    const other = join(folder, 'other-config');
    cpSync(run, other, { recursive: true });
    const path = join(other, 'config.json');
    const saved = JSON.parse(readFileSync(path, 'utf8')) as { config: TrainConfig };
    const write = (config: object) => writeFileSync(path, JSON.stringify({ ...saved, config }));
    write({ ...saved.config, data: { ...saved.config.data, dense: [] } });
    const columns = await refusal(evaluate(other, { data: tested }));
    expect(columns.code).toBe('data/encoding-mismatch');
    expect(columns.message).toContain('config, dense.age: must be as it was in training');
    write({ ...saved.config, model: { ...saved.config.model, embeddingDim: 8, bottomMlp: [8] } });
    const model = await refusal(evaluate(other, { data: tested }));
    expect(model.code).toBe('training/mixed-runs');
    expect(model.message).toContain('model.embeddingDim: must be as in the config of its run');
  });

  test('refuses a run on made-up data, which keeps no encoding', async () => {
    const synthetic = join(folder, 'synthetic');
    await trainIn(synthetic, tinyTrainConfig({ training: { steps: 2 } }));
    expect(existsSync(join(synthetic, 'encoding.jsonl.gz'))).toBe(false);
    const { code, message } = await refusal(evaluate(synthetic, { data: tested }));
    expect(code).toBe('trainer/no-file-to-replace');
    expect(message).toContain('--data: needs a config that reads a file');
  });
});

describe('data that changed under a run', () => {
  // The same number of rows, and of users: only which user has which id differs.
  const changed = days(0, 400).map((day) => row(day, day % 23 === 4 ? { user: 'u99' } : {}));

  test('is refused by resume, which leaves the run as it was, and by evaluate', async () => {
    const { run, data } = await freshRun('changed');
    const before = savedTensors(run);
    writeFileSync(data, [header, ...changed].join('\n'));
    for (const attempt of [() => resumeIn(run, { epochs: 2 }), () => evaluate(run, {})]) {
      const { code, message } = await refusal(attempt());
      expect(code).toBe('training/data-changed');
      expect(message).toMatch(
        /changed\.csv, tables\.user\.values\.\d+: must come out as in .*encoding\.jsonl\.gz, "u4", got u99\./,
      );
    }
    expect(savedTensors(run)).toEqual(before);
    expect(existsSync(join(run, 'final.json'))).toBe(true);
  });

  test('is refused when only a statistic differs', async () => {
    const { run, data } = await freshRun('older');
    writeFileSync(
      data,
      [header, ...days(0, 400).map((day) => row(day, day === 0 ? { age: '99' } : {}))].join('\n'),
    );
    const { code, message } = await refusal(resumeIn(run, { epochs: 2 }));
    expect(code).toBe('training/data-changed');
    expect(message).toContain('older.csv, dense.age.statistics.mean: must come out as in');
  });

  test('the same data goes on', async () => {
    const { run } = await freshRun('same');
    expect(await resumeIn(run, { epochs: 2 })).toMatchObject({ interrupted: false });
  });
});

test('the encoding is there before the first checkpoint', async () => {
  // So high a learning rate makes the loss infinite within the epoch, at the end of which the first checkpoint would be.
  const { training, ...rest } = configOf(
    writeRows(
      'diverging.csv',
      days(0, 400).map((day) => row(day)),
    ),
  );
  const optimizer = { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } } as const;
  const run = join(folder, 'diverging');
  const diverging = { ...rest, training: { ...training, learningRate: 1e30, optimizer } };
  expect((await refusal(trainIn(run, diverging))).code).toBe('training/loss-not-finite');
  expect(existsSync(join(run, 'encoding.jsonl.gz'))).toBe(true);
  expect(existsSync(join(run, 'checkpoints'))).toBe(false);
});

test('every variant of a comparison is whole: each folder is evaluated alone', async () => {
  const data = writeRows(
    'compare.csv',
    days(0, 400).map((day) => row(day)),
  );
  const config = configOf(data);
  const variants = [
    { name: 'dense', tables: { default: { kind: 'dense' } } },
    { name: 'tt', tables: { default: { kind: 'tt', ranks: 2 } } },
  ];
  const path = writeConfig(folder, 'compare.json', { ...config, variants });
  const out = join(folder, 'compare');
  expect((await ttrec('compare', path, '--out', out)).code).toBe(0);
  rmSync(data);
  const moved = join(folder, 'moved-tt');
  cpSync(join(out, 'tt'), moved, { recursive: true });
  expect(readFileSync(join(out, 'dense', 'encoding.jsonl.gz'))).toEqual(
    readFileSync(join(out, 'tt', 'encoding.jsonl.gz')),
  );
  rmSync(out, { recursive: true });
  const { test: expected } = JSON.parse(readFileSync(join(moved, 'final.json'), 'utf8')) as FinalRecord;
  const { code, stdout } = await ttrec('evaluate', moved, '--data', tested, '--json');
  expect(code).toBe(0);
  expect(lastLine(stdout)['test']).toEqual(expected);
});

test('rows drawn for other data are no positives of training, as long as its file is there', async () => {
  const log = (name: string, pairs: readonly string[]) => {
    const path = join(folder, name);
    writeFileSync(path, ['user,item', ...pairs].join('\n'));
    return path;
  };
  const pairs = days(0, 200).map((i) => `u${i % 20},i${(i * i + (i % 20)) % 25}`);
  const own = log('own-pairs.csv', pairs);
  const later = log('later-pairs.csv', pairs.slice(0, 40));
  const { model, training } = tinyConfig({ training: { epochs: 1 } });
  const data = {
    format: 'csv',
    path: own,
    label: { every: 'positive' },
    negatives: { user: 'user', item: 'item', ratio: 2 },
    features: [{ column: 'user' }, { column: 'item' }],
    split: { by: 'random', test: 0.2 },
  };
  const run = join(folder, 'pairs');
  await trainIn(run, parseConfig(trainConfigSchema, { name: 'pairs', data, model, training }, 'pairs.json'));
  const logLoss = async () => {
    const { code, stdout, stderr } = await ttrec('evaluate', run, '--data', later, '--json');
    expect(code).toBe(0);
    return { logLoss: (lastLine(stdout)['test'] as { logLoss: number }).logLoss, stderr };
  };
  const knowing = await logLoss();
  expect(knowing.stderr).not.toContain('is missing');
  rmSync(own);
  const alone = await logLoss();
  expect(alone.stderr).toContain(`own-pairs.csv, on which the run was trained, is missing: rows drawn`);
  expect(alone.logLoss).not.toBe(knowing.logLoss);
});
