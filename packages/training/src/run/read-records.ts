import { readJsonLines } from '../run-folder/json-lines.ts';
import { error } from '../error.ts';
import type { RunRecord } from '../records/run-record.ts';
import type { RunFiles } from './run-files.ts';

/** The records of a run. @throws `training/bad-record`, and what `readJsonLines` throws */
export async function readRecords({ metrics }: RunFiles): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for await (const line of readJsonLines(metrics)) records.push(asRecord(metrics, line));
  return records;
}

/** A line of `metrics.jsonl`, which anybody may have edited, as what it has to be. @throws `training/bad-record` */
export function asRecord(path: string, line: unknown): RunRecord {
  const { type, step } = (typeof line === 'object' && line !== null ? line : {}) as Partial<
    Record<string, unknown>
  >;
  if (type === 'final' || ((type === 'train' || type === 'validation') && typeof step === 'number')) {
    return line as RunRecord;
  }
  throw error('bad-record', {
    subject: path,
    rule: 'each line must be a record of training, of validation or the final one',
    got: line,
    hint: 'Move the file away to go on without the records so far.',
  });
}
