import { BadLines } from '../read/bad-lines.ts';
import { byteReader, type FileLike } from '../read/read-files.ts';
import { readRecords } from './read-records.ts';

/** The start of a CSV file. */
export interface CsvSample {
  /** Names of the columns. */
  readonly header: readonly string[];
  /** The first records, as many fields each as the header has names. */
  readonly records: readonly (readonly string[])[];
}

/**
 * Reads the header and the first records of a CSV file, plain or gzip, so that its columns can be chosen from. Reading
 * ends with the chunk of bytes that holds the last record asked for. Records of another length than the header are left out:
 * opening the file tells of them.
 *
 * @param file what errors call it, and its bytes
 * @throws `data/empty-file`, `data/no-usable-rows`, `data/malformed-csv`, `data/corrupt-gzip`, `data/unreadable-file`
 */
export async function sampleCsv(
  file: { readonly name: string; readonly bytes: FileLike },
  options: { readonly records?: number; readonly delimiter?: string; readonly quote?: string } = {},
): Promise<CsvSample> {
  const { records: wanted = 100, delimiter = ',', quote = '"' } = options;
  const header: string[] = [];
  const records: (readonly string[])[] = [];
  const handler = {
    header: (names: readonly string[]) => header.push(...names),
    record: (fields: readonly string[]) => {
      if (records.length < wanted) records.push([...fields]);
    },
    hasEnough: () => records.length >= wanted,
  };
  const read = byteReader({ [file.name]: file.bytes });
  await readRecords({ path: file.name, delimiter, quote }, handler, new BadLines('skip'), {
    phase: 'read',
    onProgress: undefined,
    read,
  });
  return { header, records };
}
