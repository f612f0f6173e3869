import { existsSync } from 'node:fs';
import { readJsonFile } from '../config/read-json-file.ts';
import { checkpointName } from './model-checkpoint.ts';
import type { FinalRecord } from './records.ts';
import type { RunFiles } from './run-files.ts';

/** The checkpoint whose metrics are the run's; of a run that has not ended, the latest. */
export async function testedCheckpoint({ final }: RunFiles): Promise<string> {
  if (!existsSync(final)) return 'latest';
  const { test } = (await readJsonFile(final)) as FinalRecord;
  return checkpointName(test.step);
}
