import { Command, Option, type OptionValues } from '@commander-js/extra-typings';
import { resolve } from 'node:path';
import { usageError } from '../error.ts';
import { bytes, engineName, natural, path, positive, rate, shardedTables, threads } from './values.ts';

/** The values of the options that a command declares; one that was not given may be undefined. */
export type OptionsOf<Declare extends () => { opts(): OptionValues }> = {
  readonly [Name in keyof Values<Declare>]: undefined extends Values<Declare>[Name]
    ? Values<Declare>[Name] | undefined
    : Values<Declare>[Name];
};

type Values<Declare extends () => { opts(): OptionValues }> = ReturnType<ReturnType<Declare>['opts']>;

export const shardedTablesOption = () =>
  new Option(
    '--sharded-tables <tables>',
    'with workers: dense tables whose rows they divide among them: auto for those that do not fit a worker, none, or names separated by commas (default: auto)',
  ).argParser(shardedTables);

export const workerMemoryOption = () =>
  new Option(
    '--worker-memory <size>',
    'with workers: what parameters and optimizer state may take on each, such as 16GB (default: what its engine and its machine have left)',
  ).argParser(bytes);

export const jsonOption = () => new Option('--json', 'print the record as JSON, as the last line on stdout');

export const forceOption = () => new Option('--force', 'replace files that exist');

export const backendOption = (description = 'engine to run on (default: the best available)') =>
  new Option('--backend <name>', description).argParser(engineName);

export const threadsOption = () =>
  new Option(
    '--threads <count>',
    'threads of the engine, or auto for all that it can use (default: 1)',
  ).argParser(threads);

export const badLineOption = () =>
  new Option('--on-bad-line <action>', 'what to do with lines that cannot be read').choices([
    'fail',
    'skip',
  ] as const);

export const dataOption = () =>
  new Option('--data <file>', 'read this file in place of the one in the config').argParser(path);

export const kindsFromOption = () =>
  new Option(
    '--kinds-from <module>',
    'load kinds of tables from this module, in place of those that the config names (repeatable)',
  ).argParser((file, before: string[] | undefined): string[] => [...(before ?? []), path(file)]);

export const checkpointOption = () =>
  new Option('--checkpoint <name>', 'best, latest, or a name (default: the one that was tested)');

export const runFolderOption = () =>
  new Option('--out <folder>', 'run folder to create (default: runs/<time>-<name>)').argParser(path);

/** The folder that `--resume` names, or else `--out`. @throws `trainer/no-run`, `trainer/two-runs` */
export function folderToResume(resume: string | true, out: string | undefined): string {
  const folder = resume === true ? out : resume;
  if (folder === undefined) {
    throw usageError('no-run', { subject: '--resume', rule: 'needs a folder, there or in --out' });
  }
  if (out !== undefined && resolve(out) !== resolve(folder)) {
    throw usageError('two-runs', {
      subject: '--out',
      rule: `must be the folder to resume, ${folder}`,
      got: out,
    });
  }
  return resolve(folder);
}

/** A command that trains, with the options of all that do. */
export const trainingCommand = (name: string) =>
  new Command(name)
    .addOption(dataOption())
    .option('--seed <seed>', 'seed of initialisation, splits and shuffling', natural)
    .option('--steps <steps>', 'train for this many steps, in place of epochs', positive)
    .option('--epochs <epochs>', 'train for this many passes over the training rows', positive)
    .option('--batch-size <rows>', 'rows per step', positive)
    .option('--learning-rate <rate>', 'learning rate of all parameters', rate)
    .addOption(backendOption())
    .addOption(threadsOption())
    .addOption(badLineOption())
    .addOption(kindsFromOption())
    .addOption(runFolderOption())
    .addOption(jsonOption());
