import { Option } from '@commander-js/extra-typings';
import { DEFAULT_SHARDS, requireShards } from '@ttrec/training/workers';
import { type ClaimedRun, openRun, requireSameRun, resumeRun, startRun } from '@ttrec/training/run-folder';
import { dirname, resolve } from 'node:path';
import { withOverrides } from '../config/overrides.ts';
import { readTrainConfig } from '../config/read-train-config.ts';
import { error, usageError } from '../error.ts';
import { StopRequest } from '../run/stop-request.ts';
import { trainAndReport } from '../run/train-and-report.ts';
import {
  folderToResume,
  shardedTablesOption,
  trainingCommand,
  workerMemoryOption,
  type OptionsOf,
} from '../options/shared-options.ts';
import { path, workersChoice } from '../options/values.ts';
import { createOutput, type Output } from '../terminal/output.ts';
import { trainTogether, type Lead, type StartWorkers } from '../workers/train-together.ts';

const declared = () =>
  trainingCommand('train')
    .description('train the model that a config describes')
    .argument('[config]', 'config file (JSON); not needed with --resume or --from', path)
    .addOption(
      new Option('--resume [run]', 'continue a run (default: the run folder of --out)')
        .argParser(path)
        .conflicts('from'),
    )
    .option(
      '--from <run>',
      'train the model of a run on the rows of --data, as a new run; new ids get new rows',
      path,
    )
    .addOption(
      new Option(
        '--workers <workers>',
        'train on several workers: threads:N, mpi, or none (default: the processes of mpirun or srun, if it started this one)',
      ).argParser(workersChoice),
    )
    .option(
      '--fast-reduce',
      'let the MPI library add up gradients: results may then depend on the number of workers',
    )
    .addOption(shardedTablesOption())
    .addOption(workerMemoryOption())
    .addOption(
      new Option(
        '--reading-thread <choice>',
        'read rows that do not fit in memory in a separate thread (default: if there is a processor for it)',
      ).choices(['on', 'off'] as const),
    )
    .option('--tensorboard <folder>', 'write events for TensorBoard to a folder of the run there', path)
    .option('--checkpoint <name>', 'with --resume: checkpoint to continue from (default: latest)');

export type TrainFlags = OptionsOf<typeof declared>;

export const trainCommand = () => declared().action(train);

/** Exit code of a run that Ctrl-C ended, its weights saved. */
const INTERRUPTED = 130;

/** `ttrec train`: from a config file, or on with a run folder; alone, or as one of several workers. */
export async function train(configPath: string | undefined, flags: TrainFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const lead: Lead = (workers, start) => leadTraining(configPath, flags, { output, workers, start });
  await trainTogether(flags.workers, output, lead);
}

/** The part of the worker that leads, which is all of it for a worker alone. */
async function leadTraining(
  configPath: string | undefined,
  flags: TrainFlags,
  {
    output,
    workers,
    start,
  }: { readonly output: Output; readonly workers: number | undefined; readonly start: StartWorkers },
): Promise<void> {
  if (flags.checkpoint !== undefined && flags.resume === undefined) {
    throw usageError('checkpoint-of-no-run', {
      subject: '--checkpoint',
      rule: 'goes with --resume, whose run it belongs to',
      got: flags.checkpoint,
    });
  }
  const claimed = await (flags.resume === undefined
    ? freshRun(configPath, flags)
    : resumeRun(folderToResume(flags.resume, flags.out), flags));
  const stop = new StopRequest(() => output.note('stopping after this step; the run can be resumed'));
  try {
    const asked = flags.resume === undefined ? claimed : await resumedRun(claimed, configPath, flags);
    const run = withShards(asked, workers);
    if (flags.resume !== undefined && !run.resumed) {
      output.note(`${run.files.folder} was stopped before its first checkpoint: starting from the beginning`);
    }
    const { checkpoint, tensorboard } = flags;
    const readingThread = flags.readingThread && flags.readingThread === 'on';
    const communicator = await start(run, readingThread);
    const outcome = await trainAndReport({
      run,
      output,
      stop,
      checkpoint,
      tensorboard,
      communicator,
      readingThread,
    });
    if (outcome.interrupted) process.exitCode = INTERRUPTED;
    else output.record(outcome.final);
  } finally {
    stop.dispose();
    await claimed.claim.release();
  }
}

/**
 * The number of shards is part of a run, so that it goes on with the same bits on any number of workers.
 * @throws `training/too-few-shards`
 */
function withShards(run: ClaimedRun, workers: number | undefined): ClaimedRun {
  if (workers === undefined) return run;
  const { training } = run.config;
  // A run that began without workers has one, which it keeps.
  const shards = training.shards ?? (run.resumed ? 1 : DEFAULT_SHARDS);
  requireShards(shards, workers);
  return { ...run, config: { ...run.config, training: { ...training, shards } } };
}

async function freshRun(configPath: string | undefined, flags: TrainFlags): Promise<ClaimedRun> {
  if (flags.from !== undefined) return continuedRun(configPath, flags.from, flags);
  if (configPath === undefined) {
    throw usageError('no-config', {
      subject: 'train',
      rule: 'needs a config file, or --resume or --from with a run folder',
    });
  }
  const file = resolve(configPath);
  const config = withOverrides((await readTrainConfig(file, flags)).config, flags);
  return startRun({
    config,
    baseDirectory: dirname(file),
    out: flags.out,
  });
}

/** A new run of the same model on other data, or for longer: its config is that of the run it goes on from, but for flags. */
async function continuedRun(
  configPath: string | undefined,
  from: string,
  flags: TrainFlags,
): Promise<ClaimedRun> {
  if (configPath !== undefined) {
    throw usageError('two-configs', {
      subject: '--from',
      rule: 'takes the config of its run, so that no file may be given',
      got: configPath,
      hint: 'Name other data by --data.',
    });
  }
  const base = await openRun(resolve(from), flags);
  return startRun({
    config: withOverrides(base.config, flags),
    baseDirectory: base.baseDirectory,
    from: base.files.folder,
    out: flags.out,
  });
}

/** The saved config is the run's; what a file and flags say may only change what results do not depend on, and the length. */
async function resumedRun(
  run: ClaimedRun,
  configPath: string | undefined,
  flags: TrainFlags,
): Promise<ClaimedRun> {
  const asked = configPath === undefined ? run.config : (await readTrainConfig(configPath)).config;
  const overridden = withOverrides(asked, flags);
  // A file that does not name the shards leaves them as they are.
  const training = { ...overridden.training, shards: asked.training.shards ?? run.config.training.shards };
  const config = { ...overridden, training, kinds: run.config.kinds };
  requireSameRun(config, run.config, run.files.config);
  if (flags.checkpoint !== undefined && !run.resumed) {
    throw error('no-checkpoint', {
      subject: '--checkpoint',
      rule: `must name a checkpoint of ${run.files.folder}, which was stopped before its first`,
      got: flags.checkpoint,
      hint: 'Leave it out to start that run from the beginning.',
    });
  }
  return { ...run, config };
}
