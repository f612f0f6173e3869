import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { expect, test } from 'vitest';
import { start, temporaryFolder, ttrec, writeConfig } from './command.ts';
import { resumeIn, savedTensors, timelessRecords, trainIn } from './in-process.ts';
import { tinyConfig, tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();

/** So many steps that no machine is through with them before the signal comes. */
const endless = {
  data: { rows: { train: 20_000_000, validation: 0, test: 100 } },
  training: { logEvery: 50, evaluateEvery: 1_000_000, checkpointEvery: 1_000_000 },
};

async function interrupted(name: string, signal: NodeJS.Signals) {
  const run = join(folder, name);
  const config = writeConfig(folder, `${name}.json`, tinyConfig(endless));
  const command = start(['train', config, '--out', run, '--json']);
  await command.says('backend  ');
  await pause(150);
  command.child.kill(signal);
  return { run, ended: await command.ended };
}

test.concurrent.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the step, saves, exits with 130, and costs no bit',
  async (signal) => {
    const { run, ended } = await interrupted(signal, signal);
    expect(ended.code).toBe(130);
    expect(ended.stdout).toBe('');
    const said = /interrupted at step (\d+); go on with: ttrec train --resume (.*)\n/.exec(ended.stderr);
    expect(said?.[2]).toBe(run);
    const step = Number(said![1]);

    const steps = step + 20;
    await resumeIn(run, { steps });
    const whole = join(folder, `${signal}-whole`);
    await trainIn(whole, tinyTrainConfig({ ...endless, training: { ...endless.training, steps } }));
    expect(savedTensors(run)).toEqual(savedTensors(whole));
    expect(timelessRecords(run)).toEqual(timelessRecords(whole));
  },
);

test.concurrent('a second signal ends the process at once, and the last checkpoint is whole', async () => {
  const run = join(folder, 'twice');
  // The evaluation after step 2 would take minutes.
  const changes = {
    data: { rows: { train: 100, validation: 20_000_000, test: 10 } },
    training: { evaluateEvery: 2, checkpointEvery: 1, logEvery: 2 },
  };
  const config = writeConfig(folder, 'twice.json', tinyConfig(changes));
  const command = start(['train', config, '--out', run]);
  await command.says('backend  ');
  while (!existsSync(join(run, 'metrics.jsonl')) || readFileSync(join(run, 'metrics.jsonl'), 'utf8') === '') {
    await pause(20);
  }
  command.child.kill('SIGINT');
  await command.says('stopping after this step');
  // Signals within half a second are one press of Ctrl-C.
  await pause(600);
  command.child.kill('SIGINT');
  const { code, stderr } = await command.ended;
  expect(code).toBe(130);
  expect(stderr).not.toContain('interrupted at step');
  const checkpoint = await loadCheckpoint(run);
  expect(checkpoint.name).toBe('step-00000001');
  await checkpoint.close();
});

test.concurrent('a run stopped before its first step can be resumed', async () => {
  const run = join(folder, 'early');
  const config = writeConfig(folder, 'early.json', tinyConfig({ training: { steps: 4 } }));
  const command = start(['train', config, '--out', run]);
  await command.says('run      ');
  command.child.kill('SIGINT');
  const { code, stderr } = await command.ended;
  expect(code).toBe(130);
  expect(stderr).toContain('stopping after this step');
  const resumed = await ttrec('train', '--resume', run, '--json');
  expect(resumed).toMatchObject({ code: 0 });
  const final = JSON.parse(resumed.stdout) as { steps: number };
  expect(final.steps).toBe(4);
  expect(JSON.parse(readFileSync(join(run, 'final.json'), 'utf8'))).toEqual(final);
});
