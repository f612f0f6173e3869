import type { CompareConfig, TrainConfig, Threads } from '@ttrec/training/config';
import type { ShardedTables } from '@ttrec/training/workers';
import { resolve } from 'node:path';
import { usageError } from '../error.ts';

/** Flags that replace what a config file says. */
export interface Overrides {
  readonly data?: string | undefined;
  readonly seed?: number | undefined;
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly backend?: string | undefined;
  readonly threads?: Threads | undefined;
  readonly onBadLine?: 'fail' | 'skip' | undefined;
  readonly fastReduce?: boolean | undefined;
  readonly shardedTables?: ShardedTables | undefined;
  readonly workerMemory?: number | undefined;
}

/**
 * The config that will run. `data` is taken from the working directory, unlike a path inside the file.
 * @throws `trainer/no-file-to-replace`, `trainer/two-lengths`
 */
export function withOverrides<Config extends TrainConfig | CompareConfig>(
  config: Config,
  flags: Overrides,
): Config {
  const { training } = config;
  if (flags.steps !== undefined && flags.epochs !== undefined) {
    throw usageError('two-lengths', {
      subject: '--epochs',
      rule: 'must be left out where --steps says how long to train',
      got: flags.epochs,
    });
  }
  return {
    ...config,
    seed: flags.seed ?? config.seed,
    backend: flags.backend ?? config.backend,
    threads: flags.threads ?? config.threads,
    data: overriddenData(config.data, flags),
    training: {
      ...training,
      // Steps take the place of epochs: those of the file must not outlive a flag that asks for epochs.
      steps: flags.steps ?? (flags.epochs === undefined ? training.steps : undefined),
      epochs: flags.epochs ?? training.epochs,
      batchSize: flags.batchSize ?? training.batchSize,
      fastReduce: flags.fastReduce ?? training.fastReduce,
      shardedTables: flags.shardedTables ?? training.shardedTables,
      workerMemory: flags.workerMemory ?? training.workerMemory,
      learningRate: flags.learningRate ?? training.learningRate,
    },
  };
}

function overriddenData(
  data: TrainConfig['data'],
  { data: path, onBadLine }: Overrides,
): TrainConfig['data'] {
  if (path === undefined && onBadLine === undefined) return data;
  if (data.format === 'synthetic') {
    throw usageError('no-file-to-replace', {
      subject: path === undefined ? '--on-bad-line' : '--data',
      rule: 'needs a config that reads a file',
      got: 'synthetic data',
    });
  }
  const changed = { ...data, onBadLine: onBadLine ?? data.onBadLine };
  if (path === undefined) return changed;
  if ('path' in changed) return { ...changed, path: resolve(path) };
  throw usageError('no-file-to-replace', {
    subject: '--data',
    rule: 'needs a config that reads a file',
    got: `"format": "${data.format}"`,
  });
}
