import { launchers, nodesUnder, run as runProgram, type Started } from '@ttrec/test-support/launchers';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { commandInProcess, savedTensors, timelessRecords } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

/** Each starts several processes, which a busy machine does slowly. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const folder = temporaryFolder();
const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const started = (launcher: (typeof launchers)[number], processes: number, args: readonly string[]): Started =>
  launcher.start(processes, ['--conditions=@ttrec/source', cli, ...args]);

/** Tables with state of several sorts, and evaluations that tell the best weights from the last. */
const tables = {
  byName: {
    C1: { kind: 'tt', ranks: 3 },
    C2: { kind: 'cached', rows: 4, into: { kind: 'tt', ranks: 2 }, warmUp: 2, refreshEvery: 5 },
    C3: { kind: 'integers', bits: 8 },
  },
};
const config = writeConfig(folder, 'tiny.json', tinyConfig({ model: { tables } }));
const endless = writeConfig(
  folder,
  'endless.json',
  tinyConfig({
    model: { tables },
    data: { rows: { train: 2_000_000, validation: 0, test: 100 } },
    training: { logEvery: 50, evaluateEvery: 1_000_000, checkpointEvery: 10 },
  }),
);

/** What a run ends with, the records of the workers apart. */
function outcomeOf(run: string) {
  const records = timelessRecords(run).map((record) => ({ ...(record as object), workers: undefined }));
  return { tensors: savedTensors(run), records };
}

let expected: ReturnType<typeof outcomeOf>;
const one = join(folder, 'one');
beforeAll(async () => {
  const { code, stderr } = await ttrec('train', config, '--out', one, '--workers', 'threads:1');
  expect(code, stderr).toBe(0);
  expected = outcomeOf(one);
});

test('two threads train the same run as one, and the record says what they sent', async () => {
  const two = join(folder, 'two');
  const { code, stdout, stderr } = await ttrec(
    'train',
    config,
    '--out',
    two,
    '--workers',
    'threads:2',
    '--json',
  );
  expect(code, stderr).toBe(0);
  expect(outcomeOf(two)).toEqual(expected);
  expect(JSON.parse(stdout)).toMatchObject({
    workers: { count: 2, description: 'threads', fastReduce: false },
  });
  expect(stderr).not.toContain('may depend on the number of workers');
  const { workers } = JSON.parse(stdout) as { workers: { sentBytesPerStep: Record<string, number> } };
  expect(Object.keys(workers.sentBytesPerStep)).toEqual(['mlp', 'tt', 'cached→tt', 'integers→dense']);
});

const planned = ['plan', config, '--workers', '2', '--network', 'memory', '--json'];

test('a plan takes the time of a step, and what workers repeat, from the last session of a run of one worker', async () => {
  const resumed = join(folder, 'resumed');
  const steps = (count: number) => ['--steps', String(count), '--workers', 'threads:1'];
  expect(await ttrec('train', config, '--out', resumed, ...steps(20))).toMatchObject({ code: 0 });
  const { code, stdout } = await ttrec('train', '--resume', resumed, ...steps(23));
  expect(code).toBe(0);
  for (const [run, covered] of [
    [one, undefined],
    [resumed, 3],
  ] as const) {
    const final = JSON.parse(readFileSync(join(run, 'final.json'), 'utf8')) as {
      steps: number;
      trainingSeconds: number;
      workers: { steps: number; trainingSeconds: number; repeatedSeconds: number };
    };
    const { workers } = final;
    expect(workers.steps).toBe(covered ?? final.steps);
    if (covered === undefined) expect(workers.trainingSeconds).toBe(final.trainingSeconds);
    else expect(workers.trainingSeconds).toBeLessThan(final.trainingSeconds);
    expect(workers.repeatedSeconds).toBeGreaterThan(0);
    expect(workers.repeatedSeconds).toBeLessThan(workers.trainingSeconds);
    if (covered !== undefined) {
      const share = Math.round((100 * workers.repeatedSeconds) / workers.trainingSeconds);
      expect(stdout).toContain(`${share} % in updates that all repeat`);
    }
    const plan = await commandInProcess([...planned, '--measured', run]);
    expect(plan.code, plan.stderr).toBe(0);
    const { exchange } = JSON.parse(plan.stdout) as { exchange: { steps: { computeSeconds: number }[] } };
    const [whole, half] = exchange.steps.map(({ computeSeconds }) => computeSeconds);
    expect(whole).toBeCloseTo(workers.trainingSeconds / workers.steps, 9);
    // Of what is not repeated, each of two workers has 4 of 8 shards.
    expect(half).toBeCloseTo((workers.trainingSeconds + workers.repeatedSeconds) / (2 * workers.steps), 9);
  }
});

test('a plan refuses what another run has measured', async () => {
  const other = (name: string, changes: Parameters<typeof tinyConfig>[0]) =>
    writeConfig(folder, `${name}.json`, tinyConfig({ model: { tables }, ...changes }));
  const wider = other('wider', { model: { tables, topMlp: [9] } });
  const adam = other('adam', { training: { optimizer: { embeddings: { rule: 'adam' } } } });
  const uncut = join(folder, 'uncut');
  const trained = await ttrec(
    ...['train', other('uncut', { training: { shards: 1 } }), '--out', uncut],
    ...['--steps', '5', '--workers', 'threads:1'],
  );
  expect(trained).toMatchObject({ code: 0 });
  expect(trained.stdout).toMatch(/in messages and waiting$/m);
  for (const [run, planOf, flags, words] of [
    [join(folder, 'two'), config, [], 'must be a run that one worker has finished, got 2 workers'],
    [
      uncut,
      config,
      [],
      'must have cut its batches into several shards, as "shards" of its config says, got 1',
    ],
    [one, config, ['--batch-size', '32'], 'must have batches of 32 rows, got 16'],
    [one, wider, [], 'model.topMlp: must be as in the config of the plan, [9], got [8'],
    [
      one,
      adam,
      [],
      'training.optimizer.embeddings.rule: must be as in the config of the plan, "adam", got adagrad',
    ],
  ] as const) {
    const [command, , ...rest] = planned;
    const refused = await commandInProcess([command!, planOf, ...rest, ...flags, '--measured', run]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(words);
  }
});

test('threads parse a part of a file each, and train the run of one that reads it whole', async () => {
  const lines = Array.from(
    { length: 100_000 },
    (_, i) => `${i % 3 === 0 ? 1 : 0},user ${(i * i) % 4001},item ${i % 977},${i % 61}`,
  );
  const path = join(folder, 'clicks.csv');
  writeFileSync(path, ['y,u,i,n', ...lines].join('\n'));
  // At least 1 MiB for each.
  expect(statSync(path).size).toBeGreaterThan(2 ** 21);
  const file = writeConfig(folder, 'clicks.json', {
    name: 'clicks',
    data: {
      ...{ format: 'csv', path, label: { column: 'y', equals: '1' }, split: { by: 'last', test: 0.1 } },
      features: [{ column: 'u' }, { column: 'i' }],
      dense: [{ column: 'n', transform: 'standardise' }],
    },
    model: { embeddingDim: 4, bottomMlp: [8], topMlp: [8], tables: { default: { kind: 'tt', ranks: 2 } } },
    training: { batchSize: 64, steps: 6 },
  });
  const runs = [1, 2].map((workers) => join(folder, `clicks-${workers}`));
  for (const [w, out] of runs.entries()) {
    const { code, stderr } = await ttrec('train', file, '--out', out, '--workers', `threads:${w + 1}`);
    expect(code, stderr).toBe(0);
  }
  expect(savedTensors(runs[1]!)).toEqual(savedTensors(runs[0]!));
});

test('--fast-reduce is announced, recorded and part of the run', async () => {
  const out = join(folder, 'fast');
  const flags = ['--workers', 'threads:2', '--steps', '2', '--fast-reduce', '--json'];
  const { code, stdout, stderr } = await ttrec('train', config, '--out', out, ...flags);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('--fast-reduce: sums are in the order of the library, and results may depend');
  expect(JSON.parse(stdout)).toMatchObject({ workers: { fastReduce: true } });
  const saved = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as {
    config: { training: object };
  };
  expect(saved.config.training).toMatchObject({ fastReduce: true });
});

test('the run folder remembers the shards: a worker alone repeats the run from a checkpoint', async () => {
  const saved = JSON.parse(readFileSync(join(one, 'config.json'), 'utf8')) as {
    config: { training: object };
  };
  expect(saved.config.training).toMatchObject({ shards: 8 });
  const half = join(folder, 'half');
  const flags = ['--workers', 'threads:3', '--steps', '18'];
  expect(await ttrec('train', config, '--out', half, ...flags)).toMatchObject({ code: 0 });
  // With the config, which names no shards, and without workers.
  const resumed = await ttrec('train', config, '--resume', half, '--epochs', '2');
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(savedTensors(half)).toEqual(expected.tensors);
});

test.each([
  [['--workers', 'threads:9'], 1, 'at most the shards of a batch, 8, got 9'],
  [['--workers', 'threads'], 2, 'threads:N, mpi or none'],
])('%j is refused', async (flags, exitCode, words) => {
  const { code, stderr } = await commandInProcess([
    'train',
    config,
    '--out',
    join(folder, 'refused'),
    ...flags,
  ]);
  expect(stderr).toContain(words);
  expect(code).toBe(exitCode);
});

describe.each(launchers)('$name', (launcher) => {
  const installed = launcher.isInstalled ? test : test.skip;
  const counted = launcher.isInstalled ? test.each([1, 2, 4]) : test.skip.each([1]);

  counted('%i processes train the same run, and the first alone prints', async (processes) => {
    const out = join(folder, `${launcher.name}-${processes}`);
    const { code, stdout, stderr } = await runProgram(
      started(launcher, processes, ['train', config, '--out', out, '--json']),
    );
    expect(code, stderr).toBe(0);
    expect(outcomeOf(out)).toEqual(expected);
    expect(stderr.match(/^workers {2}\d: .*$/gm)).toEqual([
      expect.stringMatching(new RegExp(`^workers  ${processes}: ${launcher.family} [\\d.]+, started by `)),
    ]);
    const { workers } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { workers: { count: number } };
    expect(workers.count).toBe(processes);
  });

  installed('Ctrl-C on the launcher saves', async () => {
    const out = join(folder, `${launcher.name}-interrupted`);
    // Open MPI waits this long before it asks its processes to end, and as long again before it kills them. Meanwhile it forwards nothing that they print.
    const environment = { OMPI_MCA_odls_base_sigkill_timeout: '30' };
    const printed = join(folder, `${launcher.name}-stderr`);
    writeFileSync(printed, '');
    const copy = join(folder, `${launcher.name}-copy.mjs`);
    writeFileSync(
      copy,
      `import { appendFileSync } from 'node:fs';
       const write = process.stderr.write.bind(process.stderr);
       process.stderr.write = (text, ...rest) => (appendFileSync(${JSON.stringify(printed)}, text), write(text, ...rest));`,
    );
    const start = launcher.start(2, [
      ...['--conditions=@ttrec/source', '--import', copy, cli, 'train', endless, '--out', out],
    ]);
    const stderr = () => readFileSync(printed, 'utf8');
    await runProgram({ ...start, environment }, (child, said) => {
      const stop = async () => {
        await stepping(said);
        child.kill('SIGINT');
        while (child.exitCode === null && !/interrupted at step \d+/.test(stderr())) await pause(20);
        child.kill('SIGKILL');
      };
      void stop();
    });
    expect(stderr()).toMatch(/interrupted at step \d+/);
    expect(await latestStep(out)).toBe(Number(/interrupted at step (\d+)/.exec(stderr())![1]));
  });

  installed('a worker that fails ends all, and is named', async () => {
    const kind = fileURLToPath(new URL('../examples/grouped-kind.ts', import.meta.url));
    const module = `${launcher.name}.mjs`;
    writeFileSync(
      join(folder, module),
      `export * from ${JSON.stringify(kind)};
       const { OMPI_COMM_WORLD_RANK, PMI_RANK } = process.env;
       if ((OMPI_COMM_WORLD_RANK ?? PMI_RANK) === '1') throw new Error('the disk is on fire');`,
    );
    const failing = writeConfig(folder, `${launcher.name}.json`, tinyConfig({ kinds: [`./${module}`] }));
    const args = ['train', failing, '--out', join(folder, `${launcher.name}-failing`)];
    const { code, stderr } = await runProgram(started(launcher, 3, args));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^worker 1 of 3: \[training\] .*the disk is on fire/m);
  });

  installed('SIGTERM saves; a killed process ends all; what is left goes on with other workers', async () => {
    const out = join(folder, `${launcher.name}-stopped`);
    const term = await runProgram(started(launcher, 2, ['train', endless, '--out', out]), (child, said) => {
      void stepping(said).then(() => {
        // To the workers themselves: how long a launcher waits for them is its own affair.
        for (const pid of nodesUnder(child.pid!)) process.kill(pid, 'SIGTERM');
      });
    });
    expect(term.code).not.toBe(0);
    expect(term.stderr).toMatch(/interrupted at step \d+/);
    const step = Number(/interrupted at step (\d+)/.exec(term.stderr)![1]);
    expect(await latestStep(out)).toBe(step);

    let nodes: number[] = [];
    const killed = await runProgram(started(launcher, 2, ['train', '--resume', out]), (child, said) => {
      void stepping(said).then(() => {
        nodes = nodesUnder(child.pid!);
        process.kill(nodes[1]!, 'SIGKILL');
      });
    });
    expect(killed.code).not.toBe(0);
    // Open MPI names a process by its rank, and MPICH by its number, which the first worker has printed beside the rank.
    const rank = new RegExp(`worker (\\d) is ${nodes[1]}\\b`).exec(killed.stderr)![1];
    const names = {
      'Open MPI': `process rank ${rank} .* exited on signal 9`,
      MPICH: `PID ${nodes[1]} RUNNING AT`,
    };
    expect(killed.stdout + killed.stderr).toMatch(new RegExp(names[launcher.family]));
    // A launcher may end before the last of its processes has.
    const left = () => nodes.filter((pid) => existsSync(`/proc/${pid}`));
    await vi.waitFor(() => expect(left()).toEqual([]), 60_000);
    const saved = await latestStep(out);
    expect(saved).toBeGreaterThanOrEqual(step);

    const steps = ['--steps', String(saved + 12)];
    const resumed = await ttrec('train', '--resume', out, '--workers', 'threads:2', ...steps);
    expect(resumed.code, resumed.stderr).toBe(0);
    const whole = join(folder, `${launcher.name}-whole`);
    expect(await ttrec('train', endless, '--out', whole, '--workers', 'threads:1', ...steps)).toMatchObject({
      code: 0,
    });
    expect(savedTensors(out)).toEqual(savedTensors(whole));
  });
});

async function stepping(said: () => string): Promise<void> {
  while (!said().includes('workers  ')) await pause(20);
  await pause(300);
}

async function latestStep(run: string): Promise<number> {
  const checkpoint = await loadCheckpoint(run);
  await checkpoint.close();
  return Number(checkpoint.name.replace('step-', ''));
}
