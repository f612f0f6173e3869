import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { require, start } from '../command.ts';
import { latestStep, requireSameBits, requireTidy } from '../saved.ts';
import type { Trial } from '../trial.ts';

const SIGNALS: readonly NodeJS.Signals[] = [
  'SIGKILL',
  'SIGKILL',
  'SIGKILL',
  'SIGKILL',
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
];

/** A run is stopped at random moments and taken up again, up to ten times, and then left alone. */
export const kills: Trial = {
  name: 'kills',
  async run({ folder, random, configs: [reference], runMs, counts }) {
    const run = join(folder, 'run');
    // Nothing has begun before there is a config, however often it was stopped.
    const goOn = () =>
      start(
        existsSync(join(run, 'config.json'))
          ? ['train', '--resume', run]
          : ['train', reference.config, '--out', run],
      );
    let step = -1;
    for (let round = 0; round < 10; round++) {
      const command = goOn();
      const signal = SIGNALS[random.nextInteger(SIGNALS.length)]!;
      const stopped = pause(random.nextUniform() * runMs).then(() => command.child.kill(signal));
      const ended = await command.ended;
      await stopped;
      const known = ended.signal !== null || ended.code === 130 || ended.code === 0;
      require(known, `${signal} ended a run with ${ended.code}`, ended.stderr);
      counts.add(ended.code === 0 ? 'ended before the signal' : signal);
      const now = await latestStep(run);
      require((now ?? -1) >= step, `${run} went back from step ${step} to ${now}`);
      if (ended.code === 130)
        require(now !== undefined, `${run} was interrupted and saved nothing`, ended.stderr);
      step = now ?? step;
    }
    const last = await goOn().ended;
    require(last.code === 0, `${run} cannot be gone on with`, last.stderr);
    requireSameBits(run, reference.bits);
    requireTidy(run);
    counts.add('runs compared bit for bit');
  },
};
