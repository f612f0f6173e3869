import { counted } from '@ttrec/core';
import { bytesOf, textIn, textsOf, type Cells } from '../cells/cells.ts';
import { error } from '../error.ts';
import type { BadLines } from '../read/bad-lines.ts';
import { checkedFormat } from '../read/first-bytes.ts';
import { MAX_CSV_HEADER, MAX_CSV_RECORD } from '../read/limits.ts';
import { RowCounter, type Reading, type RecordHandler } from '../records/record-handler.ts';
import { CsvSplitter, QuoteFault } from './splitter.ts';
import { wrongDelimiter, type CsvFile } from './wrong-delimiter.ts';

/** Most bytes that are cut into records at a time. */
const PIECE_BYTES = 1 << 18;

/**
 * Reads a CSV file with a header, plain or gzip, LF or CRLF. Records with another number of cells than the header, and those that repeat it, go to
 * `badLines`. Yields between pieces of the file, so that the caller sets the pace and may stop.
 *
 * @throws as the `ByteReader` and `checkedFormat` do; `data/wrong-delimiter`; `data/malformed-csv` where quoting is broken, which no skipping can
 * mend; `data/record-too-long`; `data/empty-file` if there is no record, `data/no-usable-rows` if all were skipped
 */
export async function* readCsvRecords(
  file: CsvFile,
  handler: RecordHandler,
  badLines: BadLines,
  reading: Reading,
): AsyncGenerator<void> {
  const counter = new RowCounter(reading);
  const checker = new RecordChecker(file, handler, badLines, counter);
  const marks = { delimiter: bytesOf(file.delimiter), quote: bytesOf(file.quote) };
  const splitter = new CsvSplitter(marks, (cells, line) => checker.take(cells, line));
  let start: string | undefined;
  try {
    const bytes = checkedFormat(file.path, reading.read(file.path, counter.bytes), 'a CSV file');
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        start ??= textIn(piece, 0, piece.length).replace(/^\ufeff+/, '');
        splitter.push(piece);
        if (splitter.isLongerThan(MAX_CSV_RECORD)) {
          throw recordTooLong(file.path, splitter.line, 'a record', MAX_CSV_RECORD);
        }
        counter.report();
        yield;
      }
    }
    splitter.finish();
  } catch (cause) {
    throw wrongDelimiter(file, start ?? '', cause) ?? csvError(file.path, cause);
  }
  if (counter.rows === 0) throw badLines.noRows(file.path);
  counter.finish();
  yield;
}

/** Tells the header, and passes on the records that have its columns. */
class RecordChecker {
  readonly #file: CsvFile;
  readonly #handler: RecordHandler;
  readonly #badLines: BadLines;
  readonly #counter: RowCounter;
  #names: readonly Uint8Array[] | undefined;

  constructor(file: CsvFile, handler: RecordHandler, badLines: BadLines, counter: RowCounter) {
    this.#file = file;
    this.#handler = handler;
    this.#badLines = badLines;
    this.#counter = counter;
  }

  take(cells: Cells, line: number): void {
    const { path, delimiter } = this.#file;
    if (this.#names === undefined) {
      const names = textsOf(cells);
      checkHeader(names, path);
      this.#names = names.map(bytesOf);
      this.#handler.header(names);
    } else if (cells.count !== this.#names.length) {
      const rule = `a line must have ${counted(this.#names.length, 'column')}, like the header`;
      this.#badLines.add({ kind: 'wrong-column-count', file: path, line, rule, got: cells.count });
    } else if (isHeader(this.#names, cells)) {
      const got = textsOf(cells).join(delimiter);
      const rule = 'must not repeat the header';
      this.#badLines.add({ kind: 'malformed-line', file: path, line, rule, got });
    } else {
      this.#handler.record(cells, line);
      this.#counter.rows++;
    }
  }
}

function isHeader(names: readonly Uint8Array[], { bytes, starts, ends }: Cells): boolean {
  for (let c = 0; c < names.length; c++) {
    const name = names[c]!;
    const start = starts[c]!;
    if (ends[c]! - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  }
  return true;
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

const faults = {
  unclosed: 'a quote, opened on this line or after it, that never closes',
  closing: 'text behind a closing quote',
  opening: 'a quote in the midst of a field',
};

function csvError(path: string, cause: unknown): unknown {
  if (!(cause instanceof QuoteFault)) return cause;
  return error('malformed-csv', {
    subject: `${path}, line ${cause.line}`,
    rule: 'quotes must open and close around whole fields',
    got: faults[cause.kind],
    hint: 'Mend the file, or set `quote` and `delimiter` to what it uses.',
    cause,
  });
}
