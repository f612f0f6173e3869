import { checkOptions } from '@ttrec/core/options';
import { textsOf, type Cells } from '../cells/cells.ts';
import { error } from '../error.ts';
import { BadLines } from '../read/bad-lines.ts';
import { byteReader, type FileLike } from '../read/read-files.ts';
import { readCsvRecords } from './read-records.ts';

/**
 * Reads the column names and the first records of a CSV file, plain or gzip, so that a user can choose columns. Stops after the
 * chunk of bytes that holds the last record. Records with another number of fields than the header are left out; `openDataset` reports
 * them.
 *
 * @param file its name in errors, and its bytes
 * @param options `records` is how many to read, 100 by default
 * @throws `data/empty-file`, `data/no-usable-rows`, `data/malformed-csv`, `data/record-too-long`, `data/wrong-format`, `data/corrupt-gzip`,
 * `data/several-gzip-members`, `data/unreadable-file`, `data/unknown-option`
 */
export async function sampleCsv(
  file: { readonly name: string; readonly bytes: FileLike },
  options: { readonly records?: number; readonly delimiter?: string; readonly quote?: string } = {},
): Promise<{ readonly header: readonly string[]; readonly records: readonly (readonly string[])[] }> {
  checkOptions(error, 'sampleCsv', options, { records: 'any', delimiter: 'string', quote: 'string' });
  const { records: wanted = 100, delimiter = ',', quote = '"' } = options;
  const header: string[] = [];
  const records: (readonly string[])[] = [];
  const handler = {
    header(names: readonly string[]) {
      header.push(...names);
      return names.keys();
    },
    record: (cells: Cells) => {
      if (records.length < wanted) records.push(textsOf(cells));
    },
    fault: () => undefined,
  };
  const read = byteReader({ [file.name]: file.bytes });
  const reading = { phase: 'read', onProgress: undefined, read };
  const pieces = readCsvRecords(
    { path: file.name, delimiter, quote },
    handler,
    new BadLines('skip'),
    reading,
  );
  while ((await pieces.next()).done !== true && records.length < wanted);
  await pieces.return(undefined);
  return { header, records };
}
