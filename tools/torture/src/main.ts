// npm run torture -- [--minutes 5] [--seed 1] [--only 'killed workers']
//
// Kills runs at random moments, fills up their disks, starts two processes in one folder, and requires every run to survive it: no
// weights lost, and the same bits at its end as a run that nothing happened to. Exits with 1 on the first loss, and keeps its folder.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RandomStream } from '@ttrec/core';
import { Loss } from './command.ts';
import { references } from './references.ts';
import { Counts, type Trial } from './trial.ts';
import { fullDisks } from './trials/full-disks.ts';
import { killedWorkers } from './trials/killed-workers.ts';
import { killedCopies } from './trials/killed-copies.ts';
import { kills } from './trials/kills.ts';
import { pairs } from './trials/pairs.ts';

const all: readonly Trial[] = [kills, fullDisks, pairs, killedCopies, killedWorkers];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
  },
});
const trials = all.filter(({ name }) => values.only === undefined || name === values.only);
if (trials.length === 0) {
  process.stderr.write(`--only takes one of: ${all.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('--minutes takes a number above 0, --seed an integer\n');
  process.exit(2);
}

const end = performance.now() + minutes * 60_000;
const folder = mkdtempSync(join(tmpdir(), 'ttrec-torture-'));
process.stdout.write(`seed ${seed}, in ${folder}\n`);
const bench = await references(folder);
const random = new RandomStream(seed, 'torture');
const counts = new Map(trials.map(({ name }) => [name, new Counts()]));

async function tortured(): Promise<boolean> {
  // Each at least once, however short the time.
  for (let round = 0; round < trials.length || performance.now() < end; round++) {
    const trial = trials[round % trials.length]!;
    const place = join(folder, `${trial.name.replace(' ', '-')}-${round}`);
    mkdirSync(place);
    try {
      await trial.run({ ...bench, folder: place, random, counts: counts.get(trial.name)! });
    } catch (thrown) {
      const words = thrown instanceof Loss ? thrown.message : (thrown as Error).stack;
      process.stdout.write(
        `LOST in "${trial.name}", round ${round}; its folder is kept: ${place}\n${words}\n`,
      );
      return false;
    }
    rmSync(place, { recursive: true });
  }
  return true;
}

const survived = await tortured();
for (const [name, done] of counts) process.stdout.write(`${name.padEnd(14)} ${done.toString()}\n`);
if (survived) {
  rmSync(folder, { recursive: true });
  process.stdout.write('nothing was lost\n');
}
process.exitCode = survived ? 0 : 1;
