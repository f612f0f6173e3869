import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { parseConfig, type TrainConfig, trainConfigSchema } from '@ttrec/training/config';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, ttrec } from './command.ts';
import {
  listeningOutput,
  records,
  resumeIn,
  savedTensors,
  timelessRecords,
  trainFrom,
  trainIn,
} from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();

/** Rows of two id columns; the later file has values that the earlier one lacks. */
function csv(name: string, users: number, shift: number): string {
  const rows = Array.from({ length: 400 }, (_, i) => {
    const user = shift + ((i * i + 7 * i) % users);
    return `u${user},t${(i * 3) % 5},${i % 11},${(i * i + user) % 3 === 0 ? 1 : 0}`;
  });
  const path = join(folder, `${name}.csv`);
  writeFileSync(path, ['user,tag,x,y', ...rows].join('\n'));
  return path;
}

const [early, late] = [csv('early', 60, 0), csv('late', 90, 30)];

const data = {
  format: 'csv',
  path: early,
  label: { column: 'y', equals: '1' },
  dense: [{ column: 'x', transform: 'standardise' }],
  features: [{ column: 'user' }, { column: 'tag' }],
  split: { by: 'last', validation: 0.1, test: 0.2 },
};

function configOf(path: string, table: object, training: object = {}): TrainConfig {
  const { model, training: all } = tinyConfig({
    model: { tables: { default: table } },
    training: { epochs: 1, steps: 20, ...training },
  });
  return parseConfig(
    trainConfigSchema,
    { name: 'files', data: { ...data, path }, model, training: all },
    'files.json',
  );
}

/** So low a rate that no number changes in float32: what a run began with is what it ends with. */
const still = { learningRate: 1e-30, steps: 1 };

async function tensors(run: string): Promise<Map<string, Float32Array>> {
  const checkpoint = await loadCheckpoint(run, 'latest');
  try {
    const found = new Map<string, Float32Array>();
    for (const file of ['model.safetensors', 'optimizer.safetensors']) {
      const opened = await checkpoint.tensors(file);
      for (const name of opened.tensors.keys())
        found.set(`${file} ${name}`, (await opened.read(name)) as Float32Array);
    }
    return found;
  } finally {
    await checkpoint.close();
  }
}

const tt = { kind: 'tt', ranks: 3 };

describe.each([
  ['dense', { kind: 'dense' }],
  ['tt', tt],
  ['hash', { kind: 'hash', buckets: 9, into: { kind: 'dense' } }],
  ['hot-cold', { kind: 'hot-cold', hot: 2, cold: { kind: 'low-rank', rank: 2 } }],
])('%s tables', (name, table) => {
  const base = join(folder, `${name}-base`);
  const trained = trainIn(base, configOf(early, table));

  test('keep every number they had, in front of what new ids need', async () => {
    await trained;
    const run = join(folder, `${name}-still`);
    await trainFrom(base, run, configOf(late, table, still));
    const [before, after] = [await tensors(base), await tensors(run)];
    expect([...after.keys()]).toEqual([...before.keys()]);
    let grown = 0;
    for (const [tensor, values] of before) {
      const now = after.get(tensor)!;
      // Accumulated squares grow by one step's; all else stays.
      if (tensor.startsWith('model')) expect(now.subarray(0, values.length)).toEqual(values);
      expect(now.length).toBeGreaterThanOrEqual(values.length);
      if (now.length > values.length) grown++;
    }
    // Weights and state of what holds the users' rows; a hash has nothing to grow.
    expect(grown).toBe(name === 'hash' ? 0 : 2);
  });

  test('train, resume bit for bit, and evaluate as they were tested', async () => {
    await trained;
    const [whole, halves] = [join(folder, `${name}-whole`), join(folder, `${name}-halves`)];
    await trainFrom(base, whole, configOf(late, table));
    await trainFrom(base, halves, configOf(late, table, { steps: 9 }));
    await resumeIn(halves, { steps: 20 });
    expect(savedTensors(halves)).toEqual(savedTensors(whole));
    expect(timelessRecords(halves)).toEqual(timelessRecords(whole));
    expect(records(whole)[0]).toMatchObject({ type: 'train', step: 1 });
  });
});

test('the command: new ids get rows, and what it trained is evaluated by its own folder', async () => {
  const [base, run] = [join(folder, 'command-base'), join(folder, 'command')];
  await trainIn(base, configOf(early, tt));
  const { code, stdout, stderr } = await ttrec(
    'train',
    '--from',
    base,
    '--data',
    late,
    '--steps',
    '12',
    '--out',
    run,
    '--json',
  );
  expect(stderr).toContain(`from     ${base}, checkpoint step-`);
  expect(code).toBe(0);
  const final = JSON.parse(stdout) as { test: object };
  const saved = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')) as {
    from: string;
    config: TrainConfig;
  };
  expect(saved.from).toBe(base);
  expect(saved.config.model.tables.byName!.user).toMatchObject({ kind: 'tt', ranks: [1, 3, 3, 1] });
  const evaluated = await ttrec('evaluate', run, '--json');
  expect((JSON.parse(evaluated.stdout) as { test: object }).test).toEqual(final.test);
});

test('a file of later days is held out by the share that was held out before, which is said, and resumes bit for bit', async () => {
  /** 40 rows a day. */
  const days = (name: string, first: number, count: number) => {
    const rows = Array.from({ length: 40 * count }, (_, i) => {
      return `u${(i * i) % 50},t${i % 5},${i % 11},${(i * 7) % 3 === 0 ? 1 : 0},${first + Math.floor(i / 40)}`;
    });
    const path = join(folder, `${name}.csv`);
    writeFileSync(path, ['user,tag,x,y,day', ...rows].join('\n'));
    return path;
  };
  const dailyConfig = (path: string, steps: number) => {
    const config = configOf(path, tt, { steps, checkpointEvery: 3 });
    const split = { by: 'column', column: 'day', validationFrom: 109, testFrom: 110 } as const;
    return { ...config, data: { ...config.data, split } } as TrainConfig;
  };
  const [base, whole, parts] = ['days-base', 'days-whole', 'days-parts'].map((name) => join(folder, name));
  // Days 101 to 110: a tenth of the rows each for validation and for tests.
  await trainIn(base!, dailyConfig(days('days', 101, 10), 6));
  const later = days('later-days', 111, 20);
  const output = listeningOutput();
  const outcome = await trainFrom(base!, whole!, dailyConfig(later, 9), output);
  expect(outcome).toMatchObject({ final: { data: { rows: { train: 640, validation: 80, test: 80 } } } });
  expect(output.said.join('\n')).toContain(
    'split    every row is past the boundary of the config: rows with day from 127 on are held out',
  );
  await trainFrom(base!, parts!, dailyConfig(later, 4));
  await resumeIn(parts!, { steps: 9 });
  expect(savedTensors(parts!)).toEqual(savedTensors(whole!));
  expect(timelessRecords(parts!)).toEqual(timelessRecords(whole!));
  const evaluated = JSON.parse((await ttrec('evaluate', whole!, '--json')).stdout) as { test: object };
  expect(evaluated.test).toMatchObject({ rows: 80 });
});

test('synthetic ids: more of them are more rows, fewer are refused by the table', async () => {
  const [base, run] = [join(folder, 'synthetic-base'), join(folder, 'synthetic')];
  const synthetic = (cardinalities: number[]) => {
    const changes = { data: { cardinalities }, training: { steps: 5 } };
    return parseConfig(trainConfigSchema, tinyConfig(changes), 'tiny.json');
  };
  await trainIn(base, synthetic([50, 200, 7]));
  await trainFrom(base, run, synthetic([80, 200, 7]));
  expect((await tensors(run)).get('model.safetensors table.C1.weight')).toHaveLength(80 * 4);
  const shrunk = trainFrom(base, join(folder, 'shrunk'), synthetic([50, 199, 7]));
  await expect(shrunk).rejects.toThrow(
    /table "C2", numEmbeddings of a grown table: must be at least the 200 there are, got 199/,
  );
});

test('a config file beside --from is refused', async () => {
  const { code, stderr } = await ttrec('train', 'some.json', '--from', folder);
  expect(code).toBe(2);
  expect(stderr).toContain(
    '--from: takes the config of its run, so that no file may be given, got some.json.',
  );
});
