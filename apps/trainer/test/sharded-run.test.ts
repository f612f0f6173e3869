import { launchers, nodesUnder, run as runProgram } from '@ttrec/test-support/launchers';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { commandInProcess, records, savedTensors, timelessRecords } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

/** Each starts several processes, which a busy machine does slowly. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const folder = temporaryFolder();
const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** Two dense tables, one that every worker holds, and weights of ids beside them; the best weights are not the last. */
const model = { tables: { byName: { C3: { kind: 'tt', ranks: 2 } } }, wide: true };
const config = writeConfig(folder, 'tiny.json', tinyConfig({ model }));
const sharded = writeConfig(
  folder,
  'sharded.json',
  tinyConfig({ model, training: { shardedTables: ['C1', 'C2'] } }),
);

async function trained(name: string, ...args: readonly string[]): Promise<string> {
  const out = join(folder, name);
  const { code, stderr } = await ttrec('train', ...args, '--out', out);
  expect(code, stderr).toBe(0);
  return out;
}

/** What a run ends with, the records of the workers apart. */
function outcomeOf(out: string) {
  const rest = timelessRecords(out).map((record) => ({ ...(record as object), workers: undefined }));
  return { tensors: savedTensors(out), records: rest };
}

interface Workers {
  readonly count: number;
  readonly shardedTables: readonly string[];
  readonly sentBytesPerStep: Readonly<Record<string, number>>;
}

function workersOf(out: string): Workers {
  return (records(out).at(-1) as unknown as { readonly workers: Workers }).workers;
}

let expected: ReturnType<typeof outcomeOf>;
beforeAll(async () => {
  expected = outcomeOf(await trained('one', config, '--workers', 'threads:1'));
  const best = expected.tensors['best.json'];
  expect(best).not.toBe(expected.tensors['latest.json']);
});

test('threads that divide tables train the run of one worker, and its best weights', async () => {
  const out = await trained('two', sharded, '--workers', 'threads:2');
  expect(outcomeOf(out)).toEqual(expected);
  expect(workersOf(out)).toMatchObject({ count: 2, shardedTables: ['C1', 'C2'] });
});

test('what is sent is at most what a plan says', async () => {
  const { sentBytesPerStep } = workersOf(join(folder, 'two'));
  const { stdout } = await commandInProcess(['plan', sharded, '--workers', '2', '--json']);
  const { exchange } = JSON.parse(stdout) as {
    exchange: { sentBytesPerStep: number; tables: { name: string; sharded: boolean; sentBytes: number }[] };
  };
  expect(exchange.tables.map((table) => table.sharded)).toEqual([true, true, false]);
  const measured = Object.values(sentBytesPerStep).reduce((sum, bytes) => sum + bytes, 0);
  // Ids repeat in a batch, and numbers of rows are sent beside them.
  expect(measured).toBeLessThan(1.2 * exchange.sentBytesPerStep);
  expect(measured).toBeGreaterThan(0.4 * exchange.sentBytesPerStep);
});

test('without names, the tables that do not fit a worker are divided, and a plan says which', async () => {
  const planned = await commandInProcess([
    'plan',
    config,
    '--workers',
    '2',
    '--sharded-tables',
    'C2',
    '--json',
  ]);
  const { exchange } = JSON.parse(planned.stdout) as { exchange: { workerBytes: number } };
  const memory = ['--worker-memory', `${exchange.workerBytes}B`];
  const out = await trained('auto', config, '--workers', 'threads:2', ...memory);
  expect(outcomeOf(out)).toEqual(expected);
  expect(workersOf(out).shardedTables).toEqual(['C2']);
  const { stdout } = await commandInProcess(['plan', config, '--workers', '2', ...memory]);
  const rows = stdout.slice(stdout.indexOf('lives on')).split('\n');
  expect(rows.find((row) => row.startsWith('C2'))).toMatch(/2 workers, by rows/);
  expect(rows.find((row) => row.startsWith('C1'))).toMatch(/every worker/);
  expect(stdout).toMatch(/each of 2 workers holds at most [\d.]+ kB/);
  const refused = await commandInProcess([
    ...['train', config, '--out', join(folder, 'refused')],
    ...['--workers', 'threads:2', '--worker-memory', '2kB'],
  ]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('(training/worker-memory)');
});

test('a plan says which dense tables cannot be divided', async () => {
  const hashed = { kind: 'hash', buckets: 10, into: { kind: 'dense' } };
  const file = writeConfig(
    folder,
    'inner.json',
    tinyConfig({ model: { tables: { byName: { C2: hashed } } } }),
  );
  const { code, stdout, stderr } = await commandInProcess(['plan', file, '--workers', '2']);
  expect(code, stderr).toBe(0);
  const rows = stdout.slice(stdout.indexOf('lives on')).split('\n');
  expect(rows.find((row) => row.startsWith('C2'))).toMatch(/every worker.*cannot be/);
  expect(rows.find((row) => row.startsWith('C1'))).not.toMatch(/cannot be/);
  expect(stdout).toMatch(
    /dense tables inside others cannot be divided, every worker holds them \(C2: \d+ B of parameters\)/,
  );
});

test('a run goes on with other workers, and other tables divided, with the bits of the run that never stopped', async () => {
  const out = await trained('resumed', config, '--workers', 'threads:1', '--steps', '9');
  for (const [workers, tables, steps] of [
    [2, 'C1,C2', 16],
    [4, 'C2', 30],
  ] as const) {
    const flags = ['--workers', `threads:${workers}`, '--sharded-tables', tables, '--steps', String(steps)];
    const { code, stderr } = await ttrec('train', '--resume', out, ...flags);
    expect(code, stderr).toBe(0);
  }
  const { code, stderr } = await commandInProcess(['train', config, '--resume', out, '--workers', 'none']);
  expect(code, stderr).toBe(0);
  expect(savedTensors(out)).toEqual(expected.tensors);
});

test('a run goes on from another with tables divided', async () => {
  const from = ['--from', join(folder, 'one'), '--epochs', '1', '--seed', '4', '--workers'];
  const alone = await trained('from-one', ...from, 'threads:1');
  const divided = await trained('from-two', ...from, 'threads:2', '--sharded-tables', 'C1,C2');
  expect(savedTensors(divided)).toEqual(savedTensors(alone));
});

test.each([
  [['--sharded-tables', 'C3'], 'embeddings/bad-sharding', 'sharded table "C3": must be a table of the model'],
  [['--sharded-tables', 'C9'], 'embeddings/bad-sharding', 'got no table of that name'],
])('%j is refused', async (flags, code, words) => {
  const args = ['train', config, '--out', join(folder, 'refused'), '--workers', 'threads:2', ...flags];
  const refused = await commandInProcess(args);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(words);
  expect(refused.stderr).toContain(`(${code})`);
});

test('weights of tables that are divided are not averaged', async () => {
  const training = { averaging: { kind: 'mean' }, shardedTables: ['C1'] };
  const averaging = writeConfig(folder, 'averaging.json', tinyConfig({ training }));
  const args = ['train', averaging, '--out', join(folder, 'refused'), '--workers', 'threads:2'];
  const { code, stderr } = await ttrec(...args);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'averaging, table "C1": must be whole on every worker, got rows divided among the workers.',
  );
  expect(stderr).toContain('(training/cannot-average)');
});

describe.each(launchers)('$name', (launcher) => {
  const installed = launcher.isInstalled ? test : test.skip;
  const start = (processes: number, ...args: readonly string[]) =>
    launcher.start(processes, ['--conditions=@ttrec/source', cli, 'train', ...args]);

  installed('trains the same run with tables divided among processes', async () => {
    const out = join(folder, launcher.name);
    const { code, stderr } = await runProgram(start(3, sharded, '--out', out));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('C1, C2 divided among them by rows');
    expect(outcomeOf(out)).toEqual(expected);
  });

  installed('a killed process ends all, and the run goes on from the last checkpoint', async () => {
    const endless = tinyConfig({
      model,
      data: { rows: { train: 2_000_000, validation: 0, test: 100 } },
      training: { shardedTables: ['C1', 'C2'], evaluateEvery: 1_000_000, checkpointEvery: 10 },
    });
    const file = writeConfig(folder, `${launcher.name}.json`, endless);
    const out = join(folder, `${launcher.name}-killed`);
    let nodes: number[] = [];
    const killed = await runProgram(start(2, file, '--out', out), (child) => {
      void saved(out).then(() => {
        nodes = nodesUnder(child.pid!);
        process.kill(nodes[1]!, 'SIGKILL');
      });
    });
    expect(killed.code).not.toBe(0);
    // A launcher may end before the last of its processes has.
    const left = () => nodes.filter((pid) => existsSync(`/proc/${pid}`));
    await vi.waitFor(() => expect(left()).toEqual([]), 60_000);
    const step = Number(savedTensors(out)['latest.json']!.replace('step-', ''));
    expect(step).toBeGreaterThan(0);
    const steps = ['--steps', String(step + 5)];
    const resumed = await ttrec('train', '--resume', out, '--workers', 'threads:2', ...steps);
    expect(resumed.code, resumed.stderr).toBe(0);
    const whole = await trained(`${launcher.name}-whole`, file, '--workers', 'threads:1', ...steps);
    expect(savedTensors(out)).toEqual(savedTensors(whole));
  });
});

async function saved(run: string): Promise<void> {
  while (!existsSync(join(run, 'checkpoints', 'latest.json'))) await pause(20);
}
