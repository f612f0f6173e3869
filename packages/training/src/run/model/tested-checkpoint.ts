import { existsSync } from 'node:fs';
import { readJsonFile } from '../../config/read-json-file.ts';
import { error } from '../../error.ts';
import { listCheckpoints } from '../../checkpoints/list.ts';
import { checkpointName } from './model-checkpoint.ts';
import type { FinalRecord } from '../../records/run-record.ts';
import type { RunFiles } from '../run-files.ts';

/**
 * The checkpoint whose metrics are the run's; of a run that has not ended, the latest.
 * @throws `training/bad-record`, also for a checkpoint that is not there; and what `readJsonFile` throws
 */
export async function testedCheckpoint({ final, folder }: RunFiles): Promise<string> {
  if (!existsSync(final)) return 'latest';
  const record = (await readJsonFile(final)) as Partial<FinalRecord> | null;
  const step: unknown = record?.test?.step;
  const bad = (rule: string, got: unknown) =>
    error('bad-record', {
      subject: final,
      rule,
      got,
      hint: 'Name a checkpoint (--checkpoint latest), or resume the run, which writes it anew.',
    });
  if (!Number.isSafeInteger(step) || (step as number) < 0) {
    throw bad('must be the final record of the run, with the step that was tested', record);
  }
  const name = checkpointName(step as number);
  const names = (await listCheckpoints(folder)).map((checkpoint) => checkpoint.name);
  if (names.includes(name)) return name;
  throw bad(
    `must name one of the checkpoints ${names.join(', ') || '(there is none)'} as the tested one`,
    name,
  );
}
