import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { claimRun } from '@ttrec/training/checkpoints';
import { runFiles, testedCheckpoint } from '@ttrec/training/run-folder';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compress } from '../src/commands/compress.ts';
import { evaluate } from '../src/commands/evaluate.ts';
import { train } from '../src/commands/train.ts';
import { start, temporaryFolder, ttrecProcess, writeConfig } from './command.ts';
import { records, savedTensors, timelessRecords, trainIn } from './in-process.ts';
import { tinyConfig, tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const said: string[] = [];
const silenced = (['stdout', 'stderr'] as const).map((name) => vi.spyOn(process[name], 'write'));
beforeAll(() => silenced.forEach((spy) => spy.mockImplementation((text) => said.push(String(text)) > 0)));
afterAll(() => silenced.forEach((spy) => spy.mockRestore()));

const refused = (code: string, ...words: string[]): unknown =>
  expect.objectContaining({
    code,
    message: expect.toSatisfy(
      (text: string) => words.every((word) => text.includes(word)),
      words.join(' … '),
    ),
  });

/** Checkpoints of steps 5, 10, 15 and 20, the evaluations at 7 and 14 aside. */
const training = { steps: 20, checkpointEvery: 5 };
const config = writeConfig(folder, 'tiny.json', tinyConfig({ training }));
const whole = join(folder, 'whole');
beforeAll(() => trainIn(whole, tinyTrainConfig({ training })));

/** A copy of the run that was trained to its end, to be damaged. */
function copied(name: string): string {
  const run = join(folder, name);
  cpSync(whole, run, { recursive: true });
  return run;
}

/** What such a run has when it is killed before its first checkpoint. */
function unstarted(name: string): string {
  const run = copied(name);
  for (const file of ['checkpoints', 'final.json', 'report.html'])
    rmSync(join(run, file), { recursive: true });
  return run;
}

function expectSameAsWhole(run: string): void {
  expect(savedTensors(run)).toEqual(savedTensors(whole));
  expect(timelessRecords(run)).toEqual(timelessRecords(whole));
}

describe('a run that was stopped before its first checkpoint', () => {
  test('is started from its beginning by --resume, which says so, and ends as the run that never stopped', async () => {
    const run = unstarted('restarted');
    await train(undefined, { resume: run });
    expect(said.join('')).toContain(
      `${run} was stopped before its first checkpoint: starting from the beginning`,
    );
    expectSameAsWhole(run);
  });

  test('gives its folder to a new run of another config', async () => {
    const run = unstarted('given');
    const other = writeConfig(folder, 'other.json', tinyConfig({ model: { embeddingDim: 8 }, training }));
    await train(other, { out: run });
    expect(records(run).filter(({ type }) => type === 'train')).toHaveLength(20);
    expect(readFileSync(join(run, 'config.json'), 'utf8')).toContain('"embeddingDim": 8');
  });

  test('has no checkpoint to evaluate, compress or go back to, and each refusal says what to do', async () => {
    const run = unstarted('nothing-saved');
    const hint = 'resuming starts it again';
    await expect(evaluate(run, {})).rejects.toEqual(refused('training/no-checkpoint', run, hint));
    await expect(
      compress(run, { table: 'C2', config: { kind: 'int8', into: { kind: 'dense' } } }),
    ).rejects.toEqual(refused('training/no-checkpoint', run, hint));
    expect(existsSync(`${run}-C2`)).toBe(false);
    await expect(train(undefined, { resume: run, checkpoint: 'step-00000005' })).rejects.toEqual(
      refused('trainer/no-checkpoint', run, 'Leave it out'),
    );
  });

  test('on a full disk says how to go on, and goes on', async () => {
    const run = join(folder, 'full');
    // A file where checkpoints have to go.
    const command = start(['train', config, '--out', run, '--steps', '2000000']);
    await command.says('backend ');
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'checkpoints'), '');
    const { code, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`go on with: ttrec train --resume ${run}`);
    expect(stderr).toContain('(tensor-files/cannot-write)');
    rmSync(join(run, 'checkpoints'));
    await train(undefined, { resume: run, steps: 20 });
    expectSameAsWhole(run);
  });
});

test('a run that was killed in its first save, before the pointer was written, goes on from that checkpoint', async () => {
  const run = copied('no-pointer');
  await trainIn(join(folder, 'short'), tinyTrainConfig({ training: { steps: 5, checkpointEvery: 5 } }));
  rmSync(join(run, 'checkpoints'), { recursive: true });
  cpSync(join(folder, 'short', 'checkpoints'), join(run, 'checkpoints'), { recursive: true });
  rmSync(join(run, 'checkpoints', 'latest.json'));
  await train(undefined, { resume: run });
  expect(said.join('')).toContain('resuming after step 5');
  expectSameAsWhole(run);
});

describe('a latest checkpoint that is damaged', () => {
  const damaged = (name: string): string => {
    const run = copied(name);
    truncateSync(join(run, 'checkpoints', 'step-00000020', 'optimizer.safetensors'), 100);
    return run;
  };

  test('is refused with the names of those that are whole, and changes nothing', async () => {
    const run = damaged('damaged');
    const before = readFileSync(join(run, 'metrics.jsonl'), 'utf8');
    await expect(train(undefined, { resume: run })).rejects.toEqual(
      refused(
        'training/truncated',
        'step-00000020',
        'whole: step-00000015, step-000000',
        '--checkpoint NAME',
      ),
    );
    expect(readFileSync(join(run, 'metrics.jsonl'), 'utf8')).toBe(before);
    expect(existsSync(join(run, 'final.json'))).toBe(true);
  });

  test('is passed by going on from an earlier one, to the same bits', async () => {
    const run = damaged('passed');
    await train(undefined, { resume: run, checkpoint: 'step-00000015' });
    expectSameAsWhole(run);
    // From here on without naming one.
    await train(undefined, { resume: run });
    expectSameAsWhole(run);
  });

  test('is passed when the pointer itself is damaged', async () => {
    for (const content of ['', 'null', '{"name":"step-00000099","folder":"step-00000099"}']) {
      const run = copied(`pointer ${content.length}`);
      writeFileSync(join(run, 'checkpoints', 'latest.json'), content);
      await expect(train(undefined, { resume: run })).rejects.toEqual(
        refused('training/corrupt', 'latest.json', 'whole: step-00000020, step-00000015'),
      );
      await train(undefined, { resume: run, checkpoint: 'step-00000015' });
      expectSameAsWhole(run);
    }
  });

  test('going back further than the best forgets it, until evaluations find it again', async () => {
    const run = copied('back');
    await train(undefined, { resume: run, checkpoint: 'best' });
    expectSameAsWhole(run);
  });

  test('--checkpoint belongs to --resume', async () => {
    const misused = refused('trainer/checkpoint-of-no-run', '--checkpoint', 'got latest');
    await expect(train(config, { out: join(folder, 'misused'), checkpoint: 'latest' })).rejects.toEqual(
      misused,
    );
    expect(existsSync(join(folder, 'misused'))).toBe(false);
  });
});

describe('records', () => {
  test('that are missing do not keep a run from going on, and that is said', async () => {
    const run = copied('no-records');
    rmSync(join(run, 'metrics.jsonl'));
    await train(undefined, { resume: run, steps: 23 });
    expect(said.join('')).toContain(
      `${join(run, 'metrics.jsonl')} is missing: the records of this run begin after step 20`,
    );
    expect(records(run).map((record) => ('step' in record ? record.step : record.type))).toEqual([
      21,
      21,
      22,
      23,
      'final',
    ]);
  });

  test.each(['null', '5', '[]', '{"type":"train"}', '{"step":3}'])(
    'of the kind %s are refused with a way out',
    async (line) => {
      const run = copied(`records ${line.length}`);
      writeFileSync(join(run, 'metrics.jsonl'), `${line}\n`);
      await expect(train(undefined, { resume: run })).rejects.toEqual(
        refused('training/bad-record', join(run, 'metrics.jsonl'), 'Move the file away'),
      );
    },
  );

  test('that a power cut filled up with zeros are cut off', async () => {
    const run = copied('zeros');
    writeFileSync(join(run, 'metrics.jsonl'), '\0'.repeat(100), { flag: 'a' });
    await train(undefined, { resume: run });
    expectSameAsWhole(run);
  });
});

describe('a final record that is none', () => {
  test.each([
    'null',
    '5',
    '{}',
    '{"test":null}',
    '{"test":{"step":"x"}}',
    '{"test":{"step":-1}}',
    '{"test":{"step":3}}',
  ])('%s', async (content) => {
    const run = copied(`final ${content.replaceAll(/\W/g, '_')}`);
    writeFileSync(join(run, 'final.json'), content);
    const bad = refused('training/bad-record', join(run, 'final.json'), '--checkpoint latest');
    await expect(testedCheckpoint(runFiles(run))).rejects.toEqual(bad);
    await expect(evaluate(run, {})).rejects.toEqual(bad);
    await evaluate(run, { checkpoint: 'latest' });
    await train(undefined, { resume: run });
    expectSameAsWhole(run);
  });

  test('a folder in its place is refused', async () => {
    const run = copied('final folder');
    rmSync(join(run, 'final.json'));
    mkdirSync(join(run, 'final.json'));
    await expect(evaluate(run, {})).rejects.toEqual(
      refused('training/unreadable-file', 'final.json', 'got a folder'),
    );
    await expect(train(undefined, { resume: run })).rejects.toEqual(
      refused('tensor-files/cannot-write', 'final.json'),
    );
  });
});

test.each([
  'metrics.jsonl',
  'config.json',
  'checkpoints/latest.json',
  'checkpoints/step-00000020/model.safetensors',
])('a folder in the place of %s is refused with a code', async (file) => {
  const run = copied(`folder for ${file.replaceAll('/', ' ')}`);
  rmSync(join(run, file));
  mkdirSync(join(run, file));
  await expect(train(undefined, { resume: run })).rejects.toMatchObject({
    code: expect.stringMatching(/^(tensor-files|training|trainer)\//),
    message: expect.stringContaining(file),
  });
});

test.each(['null', '[]', '5', '{"config":null,"baseDirectory":"/"}', '{"config":[],"baseDirectory":"/"}'])(
  'a saved config of the kind %s is refused with a code',
  async (content) => {
    const run = copied(`config ${content.length}`);
    writeFileSync(join(run, 'config.json'), content);
    const bad = {
      code: expect.stringMatching(/^training\/(not-a-run|bad-config)$/),
      message: expect.stringContaining(run),
    };
    await expect(train(undefined, { resume: run })).rejects.toMatchObject(bad);
    await expect(evaluate(run, {})).rejects.toMatchObject(bad);
  },
);

test('a path with a zero byte is refused with a code, wherever a command takes one', async () => {
  const path = join(folder, 'a\0b');
  const coded = { code: expect.stringMatching(/^(tensor-files|training|trainer)\//) };
  await expect(train(path, {})).rejects.toMatchObject(coded);
  await expect(train(config, { out: path })).rejects.toMatchObject(coded);
  await expect(train(undefined, { resume: path })).rejects.toMatchObject(coded);
  await expect(train(undefined, { from: path })).rejects.toMatchObject(coded);
  await expect(evaluate(path, {})).rejects.toMatchObject(coded);
  await expect(evaluate(whole, { checkpoint: 'a\0b' })).rejects.toMatchObject(coded);
});

test.each(['[', '{"a":'])('a config nested 100,000 deep in %s is refused with a code', async (opening) => {
  const path = join(folder, 'deep.json');
  const closing = opening === '[' ? ']' : '}';
  writeFileSync(path, `${opening.repeat(1e5)}1${closing.repeat(1e5)}`);
  await expect(train(path, {})).rejects.toEqual(refused('training/bad-json', path, 'nest values at most'));
});

describe('a run that cannot start', () => {
  test('leaves no folder', async () => {
    const out = join(folder, 'not', 'there');
    const data = { format: 'csv', path: 'no.csv', label: { column: 'x' }, features: [] };
    const bad = writeConfig(folder, 'bad.json', { ...tinyConfig(), data });
    await expect(train(bad, { out })).rejects.toMatchObject({
      code: expect.stringMatching(/^(data|training)\//),
    });
    await expect(train(config, { out, backend: 'none' })).rejects.toThrow('must be one of cpu, wasm');
    expect(existsSync(join(folder, 'not'))).toBe(false);
    mkdirSync(out, { recursive: true });
    await expect(train(config, { out, backend: 'none' })).rejects.toThrow('must be one of cpu, wasm');
    expect(readdirSync(out)).toEqual([]);
  });
});

describe('threads', () => {
  test('and names may differ from those that a run began with, and change no bit', async () => {
    const run = join(folder, 'threads');
    await trainIn(run, tinyTrainConfig({ training: { steps: 10, checkpointEvery: 5 } }));
    const renamed = writeConfig(folder, 'renamed.json', tinyConfig({ name: 'renamed', training }));
    await train(renamed, { resume: run, threads: 2 });
    expect(savedTensors(run)).toEqual(savedTensors(whole));
    await expect(train(undefined, { resume: run, seed: 7 })).rejects.toEqual(
      refused('training/config-differs', 'seed'),
    );
  });
});

describe('a folder in use', () => {
  test('by a training is refused to every command that would write into it, and its training is not disturbed', async () => {
    const run = join(folder, 'in-use');
    const endless = tinyConfig({
      data: { rows: { train: 20_000_000, test: 10 } },
      training: { checkpointEvery: 20 },
    });
    const command = start(['train', writeConfig(folder, 'endless.json', endless), '--out', run]);
    await command.says('backend ');
    while (!existsSync(join(run, 'checkpoints', 'latest.json'))) await pause(20);
    const inUse = refused('training/folder-in-use', run, `process ${command.child.pid} on `, ', since 20');
    await expect(train(config, { out: run })).rejects.toEqual(inUse);
    await expect(train(undefined, { resume: run })).rejects.toEqual(inUse);
    const table = { kind: 'int8', into: { kind: 'dense' } } as const;
    await expect(compress(run, { table: 'C2', config: table })).rejects.toEqual(inUse);
    await expect(compress(whole, { table: 'C2', config: table, out: run })).rejects.toEqual(inUse);
    command.child.kill('SIGHUP');
    const { code, stderr } = await command.ended;
    expect(stderr).toContain(`go on with: ttrec train --resume ${run}`);
    expect(code).toBe(130);
    expect(readdirSync(run).sort()).toEqual(['checkpoints', 'config.json', 'metrics.jsonl']);
    await evaluate(run, {});
  });

  test('by one of two processes that start at once is refused to the other, round after round', async () => {
    const configs = [8, 12].map((dim) =>
      writeConfig(folder, `${dim}.json`, tinyConfig({ model: { embeddingDim: dim } })),
    );
    for (let round = 0; round < 3; round++) {
      const run = join(folder, `race ${round}`);
      const ended = await Promise.all(
        configs.map((path) => ttrecProcess('train', path, '--out', run, '--steps', '4')),
      );
      const codes = ended.map(({ code }) => code);
      expect([...codes].sort()).toEqual([0, 1]);
      const [winner, loser] = codes[0] === 0 ? [0, 1] : [1, 0];
      expect(ended[loser]!.stderr).toMatch(/\(training\/(folder-in-use|run-exists)\)/);
      expect(readFileSync(join(run, 'config.json'), 'utf8')).toContain(`"embeddingDim": ${[8, 12][winner]}`);
      // Weights and config are those of one process.
      await evaluate(run, {});
    }
  });

  test('by a process that has ended is free', async () => {
    const run = copied('dead');
    const command = start(['train', '--resume', run, '--steps', '100000000']);
    await command.says('resuming after step 20');
    command.child.kill('SIGKILL');
    await command.ended;
    expect(readdirSync(run)).toContain('lock');
    await (await claimRun(run)).release();
    expect(readdirSync(run)).not.toContain('lock');
  });
});
