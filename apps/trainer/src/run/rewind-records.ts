import { truncateJsonLines } from '@ttrec/checkpoint';
import type { RunRecord } from './records.ts';

/** Takes back the records of steps after `step`, and the final record: a resumed run writes them again. */
export async function rewindRecords(path: string, step: number): Promise<void> {
  await truncateJsonLines(path, (line) => {
    const record = line as RunRecord;
    return record.type !== 'final' && record.step <= step;
  });
}
