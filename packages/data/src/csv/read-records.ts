import type { BadLines } from '../bad-lines.ts';
import type { ProgressListener } from '../dataset.ts';
import { error } from '../error.ts';
import type { ByteReader } from '../read-files.ts';
import { parseInto } from './parser-stream.ts';

const ROWS_PER_REPORT = 20_000;

export interface CsvFile {
  readonly path: string;
  readonly delimiter: string;
  readonly quote: string;
}

/** What is done with a file: called in order, as it is read. */
export interface RecordHandler {
  header(names: readonly string[]): void;
  record(fields: readonly string[], line: number): void;
  /** Asked after every chunk of bytes: true ends reading before the end of the file. */
  hasEnough?(): boolean;
}

export interface Reading {
  readonly phase: string;
  readonly onProgress: ProgressListener | undefined;
  readonly read: ByteReader;
}

/**
 * Reads a CSV file with a header, plain or gzip, LF or CRLF. Records with another number of fields than the header
 * go to `badLines`. csv-parse splits and unquotes; no record outlives its call.
 *
 * @throws as the `ByteReader` does; `data/malformed-csv` where quoting is broken, which no skipping can mend;
 * `data/empty-file` if there is no record, `data/no-usable-rows` if all were skipped
 */
export async function readRecords(
  file: CsvFile,
  handler: RecordHandler,
  badLines: BadLines,
  reading: Reading,
): Promise<void> {
  const { Parser } = await import('#csv-parse');
  const progress = { bytesRead: 0, totalBytes: 0 };
  let names: readonly string[] | undefined;
  let rows = 0;
  let lastLine = 0;
  const onRecord = (fields: readonly string[], line: number) => {
    if (names === undefined) {
      handler.header((names = fields));
    } else if (fields.length === names.length) {
      handler.record(fields, line);
      if (++rows % ROWS_PER_REPORT === 0) reading.onProgress?.({ phase: reading.phase, rows, ...progress });
    } else {
      const rule = `a line must have ${names.length} columns, like the header`;
      badLines.add({ kind: 'wrong-column-count', file: file.path, line, rule, got: fields.length });
    }
  };
  const parser = new Parser({
    bom: true,
    delimiter: file.delimiter,
    quote: file.quote,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    // Handing out nothing keeps records from queueing behind the parser.
    on_record: (fields: string[], { lines }) => {
      lastLine = lines;
      onRecord(fields, lines);
      return null;
    },
  });
  const bytes = reading.read(file.path, progress);
  await parseInto(parser, bytes, () => handler.hasEnough?.() === true).catch((cause: unknown) => {
    throw csvError(file.path, lastLine + 1, cause);
  });
  if (rows === 0) throw badLines.noRows(file.path);
  reading.onProgress?.({ phase: reading.phase, rows, ...progress });
}

/**
 * @param from the line after the last whole record. Of a quote that never closes csv-parse tells only where the file
 * ends; it opened in the record that starts here, behind blank lines if there are any.
 */
function csvError(path: string, from: number, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause)) return cause;
  const broken = (line: unknown, got: string) =>
    error('malformed-csv', {
      subject: `${path}, line ${String(line)}`,
      rule: 'quotes must open and close around whole fields',
      got,
      hint: 'Mend the file, or set `quote` and `delimiter` to what it uses.',
      cause,
    });
  const line = 'lines' in cause ? cause.lines : from;
  switch (cause.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return broken(from, 'a quote, opened on this line or after it, that never closes');
    case 'CSV_INVALID_CLOSING_QUOTE':
      return broken(line, 'text behind a closing quote');
    case 'INVALID_OPENING_QUOTE':
      return broken(line, 'a quote in the midst of a field');
    default:
      return cause;
  }
}
