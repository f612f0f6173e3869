import type { BadLines } from '../bad-lines.ts';
import { type BytesRead, readBytes } from '../read-bytes.ts';
import { describeFault } from './describe-fault.ts';
import { parseLine } from './parse-line.ts';
import { CriteoRows } from './rows.ts';

const NEWLINE = 10;
const RETURN = 13;
/** That of UTF-8, which some programs write in front of a file. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const ROWS_PER_BLOCK = 8192;

/**
 * The rows of a Criteo file in blocks, in order, every block but the last full. Lines end with LF or CRLF, the last
 * one with the file if it likes; a byte order mark in front is passed over.
 *
 * @throws as `readBytes` and `BadLines.add` do; `data/no-usable-rows` if no line is a row
 */
export async function* readCriteoRows(
  path: string,
  badLines: BadLines,
  progress: BytesRead,
): AsyncGenerator<CriteoRows> {
  const reader = new LineReader(path, badLines);
  let carried: Buffer = Buffer.alloc(0);
  let total = 0;
  for await (const chunk of readBytes(path, progress)) {
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      reader.read(bytes, start, end);
      start = end + 1;
      if (reader.rows.length === ROWS_PER_BLOCK) {
        total += ROWS_PER_BLOCK;
        yield reader.take();
      }
    }
    carried = bytes.subarray(start);
  }
  if (carried.length > 0) reader.read(carried, 0, carried.length);
  total += reader.rows.length;
  if (total === 0) throw badLines.noRows(path);
  if (reader.rows.length > 0) yield reader.take();
}

function startsWithMark(bytes: Buffer, from: number): boolean {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[from + i] === byte);
}

/** Counts lines and gathers the sound ones. */
class LineReader {
  rows = new CriteoRows(ROWS_PER_BLOCK);
  readonly #path: string;
  readonly #badLines: BadLines;
  #line = 0;

  constructor(path: string, badLines: BadLines) {
    this.#path = path;
    this.#badLines = badLines;
  }

  read(bytes: Buffer, from: number, newline: number): void {
    const start = this.#line++ === 0 && startsWithMark(bytes, from) ? from + BYTE_ORDER_MARK.length : from;
    const end = newline > start && bytes[newline - 1] === RETURN ? newline - 1 : newline;
    if (parseLine(bytes, start, end, this.rows)) return;
    this.#badLines.add(describeFault(bytes.toString('latin1', start, end), this.#path, this.#line));
  }

  take(): CriteoRows {
    const full = this.rows;
    this.rows = new CriteoRows(ROWS_PER_BLOCK);
    return full;
  }
}
