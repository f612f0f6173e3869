import { existsSync } from 'node:fs';
import { removeFile } from '@ttrec/tensor-files/files';
import { truncateJsonLines } from '../run-folder/json-lines.ts';
import { asRecord } from './read-records.ts';
import type { RunFiles } from './run-files.ts';
import type { TrainingState } from '../fit/training-state.ts';

/**
 * Takes back what a resumed run writes again: the records of steps after the saved one, that of a window of training rows which
 * was cut there, and what was said at the end. Weights do not depend on records: a run that has lost them goes on without, and that
 * is said.
 */
export async function rewindRecords(
  { metrics, final, report }: RunFiles,
  { step, logged }: TrainingState,
  note: (text: string) => void,
): Promise<void> {
  if (existsSync(metrics)) {
    await truncateJsonLines(metrics, (line) => {
      const record = asRecord(metrics, line);
      if (record.type === 'final') return false;
      return record.step <= (record.type === 'train' ? logged.step : step);
    });
  } else {
    note(`${metrics} is missing: the records of this run begin after step ${step}`);
  }
  for (const path of [final, report]) await removeFile(path);
}
