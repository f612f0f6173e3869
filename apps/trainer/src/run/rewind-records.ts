import { rm } from 'node:fs/promises';
import { truncateJsonLines } from '@ttrec/checkpoint';
import type { RunRecord } from './records.ts';
import type { RunFiles } from './run-files.ts';

/** Takes back the records of steps after `step`, and what was said at the end: a resumed run writes them again. */
export async function rewindRecords({ metrics, final, report }: RunFiles, step: number): Promise<void> {
  await truncateJsonLines(metrics, (line) => {
    const record = line as RunRecord;
    return record.type !== 'final' && record.step <= step;
  });
  for (const path of [final, report]) await rm(path, { force: true });
}
