import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { evaluate } from '../src/commands/evaluate.ts';
import { train, type TrainFlags } from '../src/commands/train.ts';
import { temporaryFolder, ttrec, ttrecProcess, writeConfig } from './command.ts';
import { records, resumeIn, trainIn } from './in-process.ts';
import { tinyConfig, tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const silenced = (['stdout', 'stderr'] as const).map((name) => vi.spyOn(process[name], 'write'));
beforeAll(() => silenced.forEach((spy) => spy.mockReturnValue(true)));
afterAll(() => silenced.forEach((spy) => spy.mockRestore()));

const refused = (code: string, ...words: string[]): unknown =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(
      new RegExp(words.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')),
    ),
  });

const good = writeConfig(folder, 'good.json', tinyConfig());
const notJson = join(folder, 'not.json');
writeFileSync(notJson, '{ "name": tiny }');
const criteo = (content: string) => {
  const path = join(folder, `${String(content.length)}.tsv`);
  writeFileSync(path, content);
  const data = { format: 'criteo', path, ids: { kind: 'vocabulary' }, split: { by: 'random', test: 0.2 } };
  return { ...tinyConfig(), data };
};
const model = (tables: object) => tinyConfig({ model: { tables } });

test.each<[string, unknown, TrainFlags, string, ...string[]]>([
  ['no config', undefined, {}, 'trainer/no-config', 'train: needs a config file'],
  [
    'a missing config',
    '/nowhere.json',
    {},
    'training/missing-file',
    '/nowhere.json: must exist, got nothing',
  ],
  [
    'a config that is a folder',
    folder,
    {},
    'training/unreadable-file',
    `${folder}: must be a readable file, got a folder`,
  ],
  ['a config that is not JSON', notJson, {}, 'training/bad-json', notJson, 'must be JSON'],
  [
    'an unknown engine',
    good,
    { backend: 'gpuu' },
    'backend/unknown-backend',
    'must be one of cpu, wasm',
    'got gpuu',
  ],
  [
    '--data on synthetic data',
    good,
    { data: 'x' },
    'trainer/no-file-to-replace',
    '--data',
    'got synthetic data',
  ],
  [
    'a missing data file',
    { ...criteo('x'), data: { ...criteo('x').data, path: '/no.tsv' } },
    {},
    'data/file-not-found',
    '/no.tsv',
  ],
  ['an empty data file', criteo(''), {}, 'data/empty-file', '0.tsv'],
  ['a line of other columns', criteo('1\t2\n'), {}, 'data/wrong-column-count', '4.tsv', '1', '40', 'got 2'],
  [
    'an unknown table',
    model({ byName: { C9: { kind: 'dense' } } }),
    {},
    'training/unknown-table',
    'C1, C2, C3, got C9',
    'Did you mean',
  ],
  [
    'more of the largest tables than there are',
    model({ largest: { count: 4, use: { kind: 'dense' } } }),
    {},
    'training/bad-count',
    'tables.largest.count: must be at most the 3 tables of the data, got 4',
  ],
  [
    'shapes that hold no table',
    model({ default: { kind: 'tt', ranks: 2, rowShape: [1, 1, 1] } }),
    {},
    'tensor-train/',
    '',
  ],
  [
    'no rows to test on',
    tinyConfig({ data: { rows: { train: 50, test: 0 } } }),
    {},
    'training/empty-split',
    'split "test"',
    'got 0',
  ],
  [
    'a comparison',
    { ...tinyConfig(), variants: [] },
    {},
    'trainer/a-comparison',
    'a comparison.json, variants: must be left out of what is trained as one run, got 0 of them',
    'This is a comparison: ttrec compare',
  ],
  [
    'resuming nothing',
    undefined,
    { resume: true },
    'trainer/no-run',
    '--resume: needs a folder, there or in --out',
  ],
  ['resuming no run', undefined, { resume: folder }, 'training/no-run', folder],
])('%s is refused', async (name, config, flags, code, ...words) => {
  const path =
    typeof config === 'object' ? writeConfig(folder, `${name}.json`, config) : (config as string | undefined);
  const out = flags.resume === undefined ? { out: join(folder, `run of ${name}`) } : {};
  const failure: unknown = await train(path, { ...flags, ...out }).catch((thrown: unknown) => thrown);
  if (code.endsWith('/')) {
    expect(failure).toMatchObject({ code: expect.stringContaining(code) });
  } else {
    expect(failure).toEqual(refused(code, ...words));
  }
});

test('a config may begin with a byte order mark', async () => {
  const path = join(folder, 'bom.json');
  writeFileSync(path, `\uFEFF${JSON.stringify(tinyConfig())}`);
  await expect(train(path, { out: join(folder, 'bom'), steps: 2 })).resolves.toBeUndefined();
});

test('a folder whose run could not start can be named again; one that holds a run cannot', async () => {
  const out = join(folder, 'again');
  await expect(train(good, { out, backend: 'none' })).rejects.toThrow('must be one of cpu, wasm');
  await train(good, { out, steps: 2 });
  await expect(train(good, { out, steps: 2 })).rejects.toEqual(refused('training/run-exists', out));
});

describe('a loss that is not finite', () => {
  test('stops with the step, and the checkpoint before it is whole', async () => {
    const run = join(folder, 'diverged');
    const optimizer = { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } };
    const training = { learningRate: 1e30, optimizer, checkpointEvery: 1, evaluateEvery: 1000, steps: 50 };
    const config = writeConfig(folder, 'diverges.json', tinyConfig({ training }));
    const { code, stderr, stdout } = await ttrec('train', config, '--out', run, '--json');
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const said =
      /step (\d+): the training loss must be finite, got .* Lower the learning rate \(now 1e\+30\)/.exec(
        stderr,
      );
    expect(stderr).toContain('(training/loss-not-finite)');
    const checkpoint = await loadCheckpoint(run);
    expect(checkpoint.name).toBe(`step-${String(Number(said![1]) - 1).padStart(8, '0')}`);
    await checkpoint.close();
  });
});

describe('a run folder', () => {
  const run = join(folder, 'whole');
  beforeAll(() => trainIn(run, tinyTrainConfig({ training: { steps: 10, checkpointEvery: 5 } })));

  test('a save that fails leaves the checkpoint before it', async () => {
    const copy = join(folder, 'full');
    await trainIn(copy, tinyTrainConfig({ training: { steps: 10, checkpointEvery: 5 } }));
    // Files where the next checkpoint has to go: that of an evaluation, or the scheduled one.
    for (const step of [14, 15]) writeFileSync(join(copy, 'checkpoints', `step-000000${step}`), '');
    const { code, stderr } = await ttrec('train', '--resume', copy, '--steps', '20');
    expect(code).toBe(1);
    expect(stderr).toMatch(/step-0000001[45]: .*\n\(tensor-files\/cannot-write\)/);
    const checkpoint = await loadCheckpoint(copy);
    expect(checkpoint.name).toBe('step-00000010');
    await checkpoint.close();
  });

  test('another config does not go on with it', async () => {
    const other = writeConfig(folder, 'other.json', tinyConfig({ model: { embeddingDim: 8 } }));
    await expect(train(other, { resume: run })).rejects.toEqual(
      refused('training/config-differs', '--resume, model.embeddingDim: must be as in', 'got 8'),
    );
    await expect(train(undefined, { resume: run, seed: 4 })).rejects.toThrow('--resume, seed: must be as in');
    await expect(train(undefined, { resume: run, out: folder })).rejects.toEqual(
      refused('trainer/two-runs', run),
    );
  });

  test('is evaluated at the checkpoint that is named', async () => {
    const flags = { split: 'test', json: true } as const;
    await expect(evaluate(run, { ...flags, checkpoint: 'step-7' })).rejects.toEqual(
      refused('training/unknown-checkpoint', 'step-00000010, got step-7'),
    );
    await expect(evaluate(folder, flags)).rejects.toEqual(refused('training/no-run', folder));
    const lines: string[] = [];
    silenced[0]!.mockImplementation((text) => lines.push(String(text)) > 0);
    for (const checkpoint of ['latest', 'best', 'step-00000010'])
      await evaluate(run, { ...flags, checkpoint });
    await evaluate(run, flags);
    silenced[0]!.mockReturnValue(true);
    const tests = lines.map((line) => (JSON.parse(line) as { test: { step: number } }).test);
    expect(tests.map(({ step }) => step).slice(0, 3)).toEqual([10, 7, 10]);
    expect(tests[2]).toEqual(tests[0]);
    expect(records(run).at(-1)).toMatchObject({ type: 'final', test: tests[3] });
  });

  test('of another model is refused, naming the field of its config', async () => {
    const path = join(run, 'config.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"embeddingDim": 4', '"embeddingDim": 8'));
    await expect(resumeIn(run)).rejects.toEqual(
      refused('training/mixed-runs', 'model.embeddingDim', 'must be as in the config of its run, 8, got 4'),
    );
    writeFileSync(path, text);
  });

  test('with a truncated checkpoint is refused, naming the file', async () => {
    truncateSync(join(run, 'checkpoints', 'step-00000010', 'model.safetensors'), 100);
    await expect(resumeIn(run)).rejects.toEqual(refused('training/truncated', 'model.safetensors', '100'));
  });
});

test.concurrent.each([
  [['--help'], 0, 'Usage: ttrec'],
  [['train', '--help'], 0, '--resume [run]'],
  [['help', 'train'], 0, '--resume [run]'],
  [['--version'], 0, `${packageJson.version}\n`],
  [['trai'], 2, "unknown command 'trai'\n(Did you mean train?)"],
  [['train', 'x.json', '--stesp', '3'], 2, 'Did you mean --steps?'],
  [['train', 'x.json', '--steps', '0'], 2, 'It must be an integer from 1.'],
  [['train'], 2, '(trainer/no-config)'],
  [['plan', '--preset', 'criteo-kaggle', '--cores', '33'], 2, 'It must be an integer from 1 to 32.'],
  [['plan', '--preset', 'criteo-kaggle', '--rank', '65537'], 2, 'It must be an integer from 1 to 65536.'],
  [['evaluate'], 2, "missing required argument 'run'"],
  [['train', '/nowhere.json'], 1, '(training/missing-file)'],
])('ttrec %j exits with %i', async (args, code, words) => {
  // Those of one word in a process of its own.
  const ended = await (args.length === 1 ? ttrecProcess : ttrec)(...args);
  expect(ended.code).toBe(code);
  expect(code === 0 ? ended.stdout : ended.stderr).toContain(words);
  expect(code === 0 ? ended.stderr : ended.stdout).toBe('');
});
