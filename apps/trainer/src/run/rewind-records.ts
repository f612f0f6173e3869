import { rm } from 'node:fs/promises';
import { truncateJsonLines } from '@ttrec/tensor-files';
import type { RunRecord } from './records.ts';
import type { RunFiles } from './run-files.ts';
import type { TrainingState } from './training-state.ts';

/**
 * Takes back what a resumed run writes again: the records of steps after the saved one, that of a window of training rows which
 * was cut there, and what was said at the end.
 */
export async function rewindRecords(
  { metrics, final, report }: RunFiles,
  { step, logged }: TrainingState,
): Promise<void> {
  await truncateJsonLines(metrics, (line) => {
    const record = line as RunRecord;
    if (record.type === 'final') return false;
    return record.step <= (record.type === 'train' ? logged.step : step);
  });
  for (const path of [final, report]) await rm(path, { force: true });
}
