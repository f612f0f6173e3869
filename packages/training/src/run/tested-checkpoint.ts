import { existsSync } from 'node:fs';
import { readJsonFile } from '../config/read-json-file.ts';
import { error } from '../error.ts';
import { checkpointName } from './model-checkpoint.ts';
import type { FinalRecord } from '../records.ts';
import type { RunFiles } from './run-files.ts';

/**
 * The checkpoint whose metrics are the run's; of a run that has not ended, the latest.
 * @throws `training/bad-record`, and what `readJsonFile` throws
 */
export async function testedCheckpoint({ final }: RunFiles): Promise<string> {
  if (!existsSync(final)) return 'latest';
  const record = (await readJsonFile(final)) as Partial<FinalRecord> | null;
  const step: unknown = record?.test?.step;
  if (Number.isSafeInteger(step) && (step as number) >= 0) return checkpointName(step as number);
  throw error('bad-record', {
    subject: final,
    rule: 'must be the final record of the run, with the step that was tested',
    got: record,
    hint: 'Name a checkpoint (--checkpoint latest), or resume the run, which writes it anew.',
  });
}
