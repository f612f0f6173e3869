import { openDataset, sampleCsv, type DataConfig, type Dataset } from '@ttrec/data';
// Bundled into a file of its own: it reads rows that do not fit in memory while this worker trains.
import workerUrl from '@ttrec/data/reading-worker?worker&url';
import { error } from '../../error.ts';
import type { ColumnRole, CsvColumn } from '../../protocol/csv.ts';
import { guessRoles } from '../../protocol/guess-roles.ts';

export type CsvConfig = Extract<DataConfig, { format: 'csv' }>;

const SAMPLE_RECORDS = 200;
const HELD_OUT = 0.2;

/** A file that was dropped, its columns looked at and perhaps opened. */
export interface DroppedFile {
  readonly file: File;
  readonly delimiter: string;
  readonly columns: readonly CsvColumn[];
  /** Its first records. */
  readonly records: readonly (readonly string[])[];
}

/** @throws what `sampleCsv` throws */
export async function inspectCsv(file: File): Promise<DroppedFile> {
  const delimiter = /\.tsv(\.gz)?$/i.test(file.name) ? '\t' : ',';
  const { header, records } = await sampleCsv(
    { name: file.name, bytes: file },
    { records: SAMPLE_RECORDS, delimiter },
  );
  return { file, delimiter, records, columns: guessRoles(header, records) };
}

/** @throws `playground/bad-columns` unless there is one label and at least one id */
export function csvConfig(
  { file, delimiter }: DroppedFile,
  roles: readonly ColumnRole[],
  skipBadLines: boolean,
): CsvConfig {
  const labels = roles.filter(({ role }) => role === 'label');
  const ids = roles.filter(({ role }) => role === 'id');
  const bad = (rule: string, got: number) => error('bad-columns', { subject: 'columns', rule, got });
  if (labels.length !== 1) throw bad('one of them must be the label', labels.length);
  if (ids.length === 0) throw bad('at least one of them must hold ids', 0);
  return {
    format: 'csv',
    path: file.name,
    delimiter,
    label: { column: labels[0]!.name, equals: labels[0]!.positive },
    dense: roles
      .filter(({ role }) => role === 'number')
      .map(({ name: column }) => ({ column, transform: 'standardise' })),
    features: ids.map(({ name: column }) => ({ column })),
    split: { by: 'random', validation: HELD_OUT, test: 0 },
    onBadLine: skipBadLines ? 'skip' : 'fail',
  };
}

/** Throws what `openDataset` throws, lines named. */
export function openCsv(file: File, config: CsvConfig, seed: number): Promise<Dataset> {
  return openDataset(config, { seed, files: { [file.name]: file }, readingThread: { workerUrl } });
}
