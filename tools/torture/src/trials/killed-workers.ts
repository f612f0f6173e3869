import { launchers, nodesUnder, run as runProgram } from '@ttrec/test-support/launchers';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cli, require, run as toItsEnd, start } from '../command.ts';
import { bitsOf, latestStep, requireSameBits, requireTidy } from '../saved.ts';
import type { Trial } from '../trial.ts';

/** Longest time that a job may take to end after one of its processes was killed. */
const MOST_MS = 10_000;

/**
 * A random process of a job of Open MPI or MPICH is killed at a random moment, again and again, with 2 to 4 processes: the job ends, no
 * checkpoint is damaged, and the run ends with the bits of one worker that nothing happened to.
 */
export const killedWorkers: Trial = {
  name: 'killed workers',
  async run({ folder, random, configs: [reference], runMs, counts }) {
    const installed = launchers.filter(({ isInstalled }) => isInstalled);
    if (installed.length === 0) {
      counts.add('skipped, for neither Open MPI nor MPICH is installed');
      return;
    }
    const config = inShards(reference.config, folder);
    const [whole, run] = [join(folder, 'whole'), join(folder, 'run')];
    await toItsEnd('train', config, '--out', whole, '--workers', 'threads:1');
    const goOn = () =>
      existsSync(join(run, 'config.json')) ? ['train', '--resume', run] : ['train', config, '--out', run];
    let step = -1;
    for (let round = 0; round < 10; round++) {
      const { family, start: startWith } = installed[random.nextInteger(installed.length)]!;
      let killedAt = Number.NaN;
      const waits = random.nextUniform() * 2 * runMs;
      const victim = random.nextUniform();
      const processes = 2 + random.nextInteger(3);
      const ended = await runProgram(startWith(processes, [cli, ...goOn()]), (launcher) => {
        void pause(waits).then(() => {
          const workers = nodesUnder(launcher.pid!);
          if (workers.length === 0) return;
          killedAt = performance.now();
          process.kill(workers[Math.floor(victim * workers.length)]!, 'SIGKILL');
        });
      });
      const ms = performance.now() - killedAt;
      const killed = ended.code !== 0;
      counts.add(killed ? `a process of ${family} killed` : 'ended before the kill');
      if (killed) require(ms < MOST_MS, `a job of ${family} took ${Math.round(ms)} ms to end`, ended.stderr);
      const now = await latestStep(run);
      require((now ?? -1) >= step, `${run} went back from step ${step} to ${now}`, ended.stderr);
      step = now ?? step;
    }
    const last = await start(goOn()).ended;
    require(last.code === 0, `${run} cannot be gone on with`, last.stderr);
    requireSameBits(run, bitsOf(whole));
    requireTidy(run);
    counts.add('runs compared bit for bit');
  },
};

function inShards(path: string, folder: string): string {
  const config = JSON.parse(readFileSync(path, 'utf8')) as { training: object };
  const own = join(folder, 'shards.json');
  writeFileSync(own, JSON.stringify({ ...config, training: { ...config.training, shards: 8 } }));
  return own;
}
