import type { BadLines } from '../read/bad-lines.ts';
import type { OpenOptions } from '../config/open-options.ts';
import { error } from '../error.ts';
import { MAX_CSV_HEADER, MAX_CSV_RECORD } from '../read/limits.ts';
import type { ByteReader } from '../read/read-files.ts';
import { checkedFormat } from '../read/first-bytes.ts';
import { decoded, feedParser } from './feed-parser.ts';
import { wrongDelimiter, type CsvFile } from './wrong-delimiter.ts';

const ROWS_PER_REPORT = 20_000;

/** Called in order, while a file is read. */
export interface RecordHandler {
  header(names: readonly string[]): void;
  record(fields: readonly string[], line: number): void;
  /** Called after every piece of text. True ends reading. */
  hasEnough?(): boolean;
}

export interface Reading {
  readonly phase: string;
  readonly onProgress: OpenOptions['onProgress'];
  readonly read: ByteReader;
}

/**
 * Reads a CSV file with a header, plain or gzip, LF or CRLF. Records with another number of fields than the header,
 * and those that repeat it, go to `badLines`. csv-parse splits and unquotes; no record outlives its call.
 *
 * @throws as the `ByteReader` and `checkedFormat` do; `data/wrong-delimiter`; `data/malformed-csv` where quoting is broken, which no skipping can mend; `data/record-too-long`;
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
      checkHeader(fields, file.path);
      handler.header((names = fields));
    } else if (isRepeated(names, fields)) {
      const got = fields.join(file.delimiter);
      badLines.add({
        kind: 'malformed-line',
        file: file.path,
        line,
        rule: 'must not repeat the header',
        got,
      });
    } else if (fields.length === names.length) {
      handler.record(fields, line);
      if (++rows % ROWS_PER_REPORT === 0) reading.onProgress?.({ phase: reading.phase, rows, ...progress });
    } else {
      const rule = `a line must have ${names.length} columns, like the header`;
      badLines.add({ kind: 'wrong-column-count', file: file.path, line, rule, got: fields.length });
    }
  };
  const parser = new Parser({
    delimiter: file.delimiter,
    quote: file.quote,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    // Without a result, records do not queue in the parser.
    on_record: (fields: string[], { lines }) => {
      lastLine = lines;
      onRecord(fields, lines);
      return null;
    },
  });
  let start = '';
  let unended = 0;
  let ends = 0;
  const pieces = async function* () {
    const bytes = checkedFormat(file.path, reading.read(file.path, progress), 'a CSV file');
    for await (const piece of decoded(bytes, file.quote)) {
      if (start === '') start = piece;
      yield piece;
    }
  };
  const afterPiece = ({ length }: string) => {
    const { records, empty_lines: emptyLines } = parser.info;
    unended = records + emptyLines === ends ? unended + length : 0;
    ends = records + emptyLines;
    if (unended > MAX_CSV_RECORD) throw recordTooLong(file.path, lastLine + 1, 'a record', MAX_CSV_RECORD);
    return handler.hasEnough?.() === true;
  };
  await feedParser(parser, pieces(), afterPiece).catch((cause: unknown) => {
    throw wrongDelimiter(file, start, cause) ?? csvError(file.path, lastLine + 1, cause);
  });
  if (rows === 0) throw badLines.noRows(file.path);
  reading.onProgress?.({ phase: reading.phase, rows, ...progress });
}

function isRepeated(names: readonly string[], fields: readonly string[]): boolean {
  return fields.length === names.length && fields.every((field, at) => field === names[at]);
}

function checkHeader(names: readonly string[], path: string): void {
  const length = names.reduce((sum, name) => sum + name.length + 1, 0);
  if (length > MAX_CSV_HEADER) throw recordTooLong(path, 1, 'the header', MAX_CSV_HEADER);
}

function recordTooLong(path: string, line: number, what: string, limit: number) {
  return error('record-too-long', {
    subject: `${path}, line ${line}`,
    rule: `${what} must have at most ${limit} characters`,
    got: 'a longer one',
    hint: 'Look for a quote that never closes, and for line ends other than LF or CRLF.',
  });
}

/**
 * @param from the line after the last whole record. For a quote that never closes, csv-parse reports the end of the file; the quote is in
 * the record that starts at this line, or after the blank lines that follow.
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
