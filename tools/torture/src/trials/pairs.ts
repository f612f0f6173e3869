import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { require, start, type Ended } from '../command.ts';
import { requireSameBits, requireTidy } from '../saved.ts';
import type { Trial } from '../trial.ts';

const REFUSED = /\(training\/(folder-in-use|run-exists)\)/;

/**
 * Two processes start at once in one folder, each with its own config: the folder is one's alone. Then one resumes what the other
 * still trains, or both resume what a killed one left.
 */
export const pairs: Trial = {
  name: 'pairs',
  async run({ folder, random, configs, runMs, counts }) {
    const run = join(folder, 'run');
    const both = configs.map(({ config }) => start(['train', config, '--out', run]));
    const ended = await Promise.all(both.map((command) => command.ended));
    requireOneOwner(ended, run);
    const winner = configs[ended.findIndex(({ code }) => code === 0)]!;
    require(readFileSync(join(run, 'config.json'), 'utf8') ===
      readFileSync(
        join(winner.run, 'config.json'),
        'utf8',
      ), `${run}: the config is not that of the run that ended`);
    requireSameBits(run, winner.bits);
    requireTidy(run);
    counts.add('started together');

    const [reference] = configs;
    const second = join(folder, 'second');
    const first = start(['train', reference.config, '--out', second]);
    await pause(random.nextUniform() * runMs);
    const intruder = await start(['train', '--resume', second]).ended;
    const owner = await first.ended;
    require(owner.code === 0, `${second}: a second process disturbed the first`, owner.stderr);
    const known = intruder.code === 0 || /\(training\/(folder-in-use|no-run)\)/.test(intruder.stderr);
    require(known, `${second}: the second process ended with ${intruder.code}`, intruder.stderr);
    requireSameBits(second, reference.bits);
    counts.add(intruder.code === 0 ? 'resumed after the end' : 'resumed while it trained, refused');

    const third = join(folder, 'third');
    const killed = start(['train', reference.config, '--out', third]);
    await pause((0.5 + random.nextUniform() / 2) * runMs);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const heirs = await Promise.all(
      [start(['train', '--resume', third]), start(['train', '--resume', third])].map((heir) => heir.ended),
    );
    const begun = !heirs.every(({ stderr }) => stderr.includes('/no-run)'));
    if (!begun) return;
    require(heirs.some(({ code }) => code === 0), `${third}: neither took over`, heirs
      .map(({ stderr }) => stderr)
      .join('\n'));
    for (const { code, stderr } of heirs)
      require(code === 0 || REFUSED.test(stderr), `${third}: ended with ${code}`, stderr);
    requireSameBits(third, reference.bits);
    requireTidy(third);
    counts.add('took over from a killed one together');
  },
};

function requireOneOwner(ended: readonly Ended[], run: string): void {
  const winners = ended.filter(({ code }) => code === 0).length;
  const refused = ended.filter(({ stderr }) => REFUSED.test(stderr)).length;
  const words = ended.map(({ code, stderr }) => `ended with ${code}: ${stderr}`).join('\n');
  require(winners === 1 && refused === 1, `${run}: ${winners} owners and ${refused} refused`, words);
}
