import type { TrainConfig } from '@ttrec/training/config';
import type { FinalRecord } from '@ttrec/training/records';
import { firstDifference, fixedPart, openRun, readJsonFile, valueAt } from '@ttrec/training/run-folder';
import { existsSync } from 'node:fs';
import { error } from '../error.ts';

/** Milliseconds of a step of one worker, and of these in what every worker repeats. */
export interface MeasuredStep {
  readonly stepMs: number;
  readonly repeatedMs: number;
}

/**
 * What a finished run measured since it was last resumed, for a plan of several workers.
 * @param planned the config of the plan
 * @param batchSize of the plan
 * @throws `trainer/not-measured` if the run has not ended, was not that of one worker, had one shard or other batches, or trained another model
 */
export async function measuredStep(
  folder: string,
  planned: TrainConfig,
  batchSize: number,
): Promise<MeasuredStep> {
  const { config, files } = await openRun(folder);
  const { workers } = existsSync(files.final) ? ((await readJsonFile(files.final)) as FinalRecord) : {};
  const refusal = (rule: string, got: unknown, subject = '') =>
    error('not-measured', {
      subject: `--measured, ${folder}${subject}`,
      rule,
      got,
      hint: 'Measure with: ttrec train CONFIG --workers threads:1 --steps 100',
    });
  if (workers?.count !== 1)
    throw refusal('must be a run that one worker has finished', `${workers?.count ?? 'no'} workers`);
  if (workers.steps === 0) throw refusal('must have trained steps since it was last resumed', 0);
  const { steps, trainingSeconds, repeatedSeconds } = workers;
  if (repeatedSeconds === undefined)
    throw refusal('must have cut its batches into several shards, as "shards" of its config says', 1);
  if (config.training.batchSize !== batchSize)
    throw refusal(`must have batches of ${batchSize} rows`, config.training.batchSize);
  const [own, asked] = [timedPart(config), timedPart(planned)];
  const key = firstDifference(own, asked);
  if (key !== undefined) {
    const value = valueAt(asked, key);
    const rule = `must be as in the config of the plan, ${value === undefined ? 'where it is absent' : JSON.stringify(value)}`;
    throw refusal(rule, valueAt(own, key), `, ${key}`);
  }
  return { stepMs: (1000 * trainingSeconds) / steps, repeatedMs: (1000 * repeatedSeconds) / steps };
}

/** What the time of a step depends on, besides the rows of its batch and the machine. */
function timedPart(config: TrainConfig): unknown {
  const { data, model, training } = fixedPart(config) as Pick<TrainConfig, 'data' | 'model' | 'training'>;
  return { data, model, training: { optimizer: training.optimizer } };
}
