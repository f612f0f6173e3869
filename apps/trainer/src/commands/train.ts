import { dirname, resolve } from 'node:path';
import type { Overrides } from '../config/overrides.ts';
import { withOverrides } from '../config/overrides.ts';
import { readTrainConfig } from '../config/read-train-config.ts';
import { error } from '../error.ts';
import { requireSameRun } from '../run/require-same-run.ts';
import { runFiles } from '../run/run-files.ts';
import { openRun, startRun, type Run } from '../run/run.ts';
import { StopRequest } from '../run/stop-request.ts';
import { trainRun } from '../run/train-run.ts';
import { createOutput } from '../terminal/output.ts';

export interface TrainFlags extends Overrides {
  readonly out?: string;
  readonly resume?: string | true;
  readonly from?: string;
  readonly json?: boolean;
}

/** Exit code of a run that Ctrl-C ended, its weights saved. */
const INTERRUPTED = 130;

/** `ttrec train`: from a config file, or on with a run folder. */
export async function train(configPath: string | undefined, flags: TrainFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const run =
    flags.resume === undefined ? await freshRun(configPath, flags) : await resumedRun(configPath, flags);
  const stop = new StopRequest(() => output.note('stopping after this step; the run can be resumed'));
  try {
    const outcome = await trainRun({ run, output, stop });
    if (outcome.interrupted) process.exitCode = INTERRUPTED;
    else output.record(outcome.final);
  } finally {
    stop.dispose();
  }
}

async function freshRun(configPath: string | undefined, flags: TrainFlags): Promise<Run> {
  if (flags.from !== undefined) return continuedRun(configPath, flags.from, flags);
  if (configPath === undefined) {
    throw error('no-config', {
      subject: 'train',
      rule: 'needs a config file, or --resume or --from with a run folder',
    });
  }
  const path = resolve(configPath);
  const config = withOverrides((await readTrainConfig(path)).config, flags);
  return startRun({
    config,
    baseDirectory: dirname(path),
    ...(flags.out === undefined ? {} : { out: flags.out }),
  });
}

/** A new run of the same model on other data, or for longer: its config is that of the run it goes on from, but for flags. */
async function continuedRun(configPath: string | undefined, from: string, flags: TrainFlags): Promise<Run> {
  if (configPath !== undefined) {
    throw error('two-configs', {
      subject: '--from',
      rule: 'takes the config of its run, so that no file may be given',
      got: configPath,
      hint: 'Name other data by --data.',
    });
  }
  const base = await openRun(resolve(from));
  return startRun({
    config: withOverrides(base.config, flags),
    baseDirectory: base.baseDirectory,
    from: base.files.folder,
    ...(flags.out === undefined ? {} : { out: flags.out }),
  });
}

/** The saved config is the run's; flags may only make it longer or move it to another engine. */
async function resumedRun(configPath: string | undefined, flags: TrainFlags): Promise<Run> {
  const folder = flags.resume === true ? flags.out : flags.resume;
  if (folder === undefined) {
    throw error('no-run', { subject: '--resume', rule: 'needs a run folder, there or in --out' });
  }
  if (flags.out !== undefined && resolve(flags.out) !== resolve(folder)) {
    throw error('two-runs', {
      subject: '--out',
      rule: `must be the run to resume, ${folder}`,
      got: flags.out,
    });
  }
  const run = await openRun(resolve(folder));
  const asked = configPath === undefined ? run.config : (await readTrainConfig(configPath)).config;
  const config = withOverrides(asked, flags);
  requireSameRun(config, run.config, runFiles(run.files.folder).config);
  return { ...run, config };
}
