import { join } from 'node:path';
import { require, start } from '../command.ts';
import { latestStep, requireSameBits, requireTidy } from '../saved.ts';
import { smallDisk } from '../small-disk.ts';
import type { Trial } from '../trial.ts';

/** A run fills up the disk somewhere between its first byte and its last, and goes on when there is room. */
export const fullDisks: Trial = {
  name: 'full disks',
  async run({ folder, random, configs: [reference], counts }) {
    await using disk = await smallDisk(join(folder, 'disk'), 4096 * (1 + random.nextInteger(60)));
    const run = join(disk.path, 'run');
    const full = await start(['train', reference.config, '--out', run], disk.nodeArgs).ended;
    if (full.code !== 0)
      require(full.stderr.includes('ENOSPC'), `${run} failed for another reason`, full.stderr);
    counts.add(full.code === 0 ? 'large enough' : `full (${disk.kind})`);
    const saved = await latestStep(run);
    await disk.enlarge();
    // Without a config nothing had begun.
    const resumed = await start(['train', '--resume', run]).ended;
    const again = resumed.stderr.includes('/no-run)') && saved === undefined;
    const ended = again ? await start(['train', reference.config, '--out', run]).ended : resumed;
    require(ended.code === 0, `${run} cannot be gone on with`, ended.stderr);
    requireSameBits(run, reference.bits);
    requireTidy(run);
    counts.add('runs compared bit for bit');
  },
};
