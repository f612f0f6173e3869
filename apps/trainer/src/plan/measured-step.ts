import type { FinalRecord } from '@ttrec/training/records';
import { openRun, readJsonFile } from '@ttrec/training/run-folder';
import { existsSync } from 'node:fs';
import { error } from '../error.ts';

/** Milliseconds of a step of one worker, and of these in what every worker repeats. */
export interface MeasuredStep {
  readonly stepMs: number;
  readonly repeatedMs: number;
}

/**
 * What a finished run measured, for a plan of several workers.
 * @throws `trainer/not-measured` if it has not ended, was not that of one worker, or had other batches
 */
export async function measuredStep(folder: string, batchSize: number): Promise<MeasuredStep> {
  const { config, files } = await openRun(folder);
  const record = existsSync(files.final) ? ((await readJsonFile(files.final)) as FinalRecord) : undefined;
  const { workers, steps, trainingSeconds } = record ?? {};
  const rule =
    workers?.count !== 1
      ? 'must be a run that one worker has finished'
      : config.training.batchSize === batchSize
        ? undefined
        : `must have batches of ${batchSize} rows`;
  if (rule !== undefined) {
    throw error('not-measured', {
      subject: `--measured, ${folder}`,
      rule,
      got: workers?.count === 1 ? config.training.batchSize : `${workers?.count ?? 'no'} workers`,
      hint: 'Measure with: ttrec train CONFIG --workers threads:1 --steps 100',
    });
  }
  return {
    stepMs: (1000 * trainingSeconds!) / steps!,
    repeatedMs: (1000 * workers!.repeatedSeconds) / steps!,
  };
}
