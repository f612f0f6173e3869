import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FinalRecord } from '@ttrec/training/records';
import { expect, test } from 'vitest';
import { start, temporaryFolder, ttrec, writeConfig } from './command.ts';
import { commandInProcess, savedTensors, timelessRecords } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const names = ['dense', 'tt', 'hash'];
const use = { kind: 'hash', buckets: 7, into: { kind: 'dense' } };
const config = writeConfig(folder, 'c.json', {
  ...tinyConfig({ training: { steps: 300, checkpointEvery: 20, evaluateEvery: 60 } }),
  variants: [
    { name: 'dense', tables: {} },
    { name: 'tt', tables: { largest: { count: 1, use: { kind: 'tt', ranks: 2 } } } },
    { name: 'hash', tables: { largest: { count: 1, use } }, sameBytesAs: 'tt' },
  ],
});

const whole = join(folder, 'whole');

function finalsOf(comparison: string) {
  const { runs } = JSON.parse(readFileSync(join(comparison, 'final.json'), 'utf8')) as {
    runs: FinalRecord[];
  };
  return runs.map(({ name, steps, test, tables }) => ({ name, steps, test, tables }));
}

function expectSameAsWhole(comparison: string): void {
  expect(finalsOf(comparison)).toEqual(finalsOf(whole));
  for (const name of names) {
    expect(savedTensors(join(comparison, name))).toEqual(savedTensors(join(whole, name)));
    expect(timelessRecords(join(comparison, name))).toEqual(timelessRecords(join(whole, name)));
  }
}

test('a comparison that is killed again and again ends as the one that never stopped', async () => {
  expect((await ttrec('compare', config, '--out', whole)).code).toBe(0);
  const out = join(folder, 'killed');
  const killIn = async (name: string, args: string[]) => {
    const { child, ended } = start(args);
    // A checkpoint is there: what is killed is in the middle of that variant, or just past it.
    while (child.exitCode === null && !existsSync(join(out, name, 'checkpoints', 'latest.json')))
      await pause(5);
    child.kill('SIGKILL');
    await ended;
  };
  await killIn('dense', ['compare', config, '--out', out]);
  await killIn('tt', ['compare', '--resume', out]);
  const { code, stderr } = await ttrec('compare', '--out', out, '--resume');
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(`has been trained: ${join(out, 'dense')}`);
  expectSameAsWhole(out);
  expect(existsSync(join(out, 'report.html'))).toBe(true);
});

test('one that has ended keeps its runs, trains on with more steps, and takes another variant', async () => {
  const again = await commandInProcess(['compare', '--resume', whole]);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr.match(/has been trained/g)).toHaveLength(3);
  const longer = await commandInProcess(['compare', '--resume', whole, '--steps', '310']);
  expect(longer.code, longer.stderr).toBe(0);
  expect(finalsOf(whole).map(({ steps }) => steps)).toEqual([310, 310, 310]);
  const { variants, ...rest } = JSON.parse(readFileSync(config, 'utf8')) as { variants: object[] };
  const more = [...variants, { name: 'more', tables: { default: { kind: 'low-rank', rank: 2 } } }];
  const wider = writeConfig(folder, 'more.json', { ...rest, variants: more });
  const ended = await commandInProcess(['compare', wider, '--resume', whole, '--steps', '310']);
  expect(ended.code, ended.stderr).toBe(0);
  expect(finalsOf(whole).map(({ name }) => name)).toEqual([...names, 'more']);
});

test('what is no comparison, and other settings, are refused and change nothing', async () => {
  const run = join(folder, 'run');
  expect(
    (await commandInProcess(['train', writeConfig(folder, 'r.json', tinyConfig()), '--out', run])).code,
  ).toBe(0);
  for (const [args, words, code] of [
    [
      ['compare', '--resume', run],
      'must hold a comparison, got a run. Continue it with: ttrec train --resume',
      1,
    ],
    [['compare', config, '--resume', run], 'must hold a comparison, got a run.', 1],
    [['compare', '--resume', whole, '--seed', '9'], '--resume, seed: must be as in', 1],
    [['compare', '--resume', join(folder, 'nothing')], 'must hold a run', 1],
    [['compare', config, '--out', whole], 'must not hold a run already', 1],
    [['train', '--resume', whole], 'must hold a single run, got a comparison.', 1],
    [['compare', '--resume'], '--resume: needs a folder, there or in --out.', 2],
    [['compare', '--resume', whole, '--out', run], '--out: must be the folder to resume', 2],
    [['compare'], 'needs a config file, or --resume with the folder of a comparison', 2],
  ] as const) {
    const before = [run, whole].map((path) => readFileSync(join(path, 'config.json'), 'utf8'));
    const ended = await commandInProcess([...args]);
    expect(ended.stderr).toContain(words);
    expect(ended.code).toBe(code);
    expect([run, whole].map((path) => readFileSync(join(path, 'config.json'), 'utf8'))).toEqual(before);
  }
});
