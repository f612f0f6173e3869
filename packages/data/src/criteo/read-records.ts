import { isAscii, type Cells } from '../cells/cells.ts';
import type { BadLines } from '../read/bad-lines.ts';
import { checkedFormat } from '../read/first-bytes.ts';
import { LineSplitter } from '../read/line-splitter.ts';
import { MAX_CRITEO_LINE } from '../read/limits.ts';
import { RowCounter, type Reading, type RecordHandler } from '../records/record-handler.ts';
import { COLUMNS, columnNames } from './columns.ts';

const TAB = 9;
/** That of UTF-8, which some programs write in front of a file. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/**
 * Reads the cells of a Criteo file, with labels or without: its first line of 40 or 39 columns decides for all. The cells are not checked.
 *
 * @throws as the `ByteReader`, `checkedFormat` and `BadLines.add` do; `data/no-usable-rows` if no line is a row
 */
export async function* readCriteoRecords(
  path: string,
  handler: RecordHandler,
  badLines: BadLines,
  reading: Reading,
): AsyncGenerator<void> {
  const counter = new RowCounter(reading);
  const lines = new LineSplitter(MAX_CRITEO_LINE, new LineCutter(path, handler, badLines, counter));
  for await (const chunk of checkedFormat(path, reading.read(path, counter.bytes), 'a Criteo log')) {
    lines.push(chunk);
    counter.report();
    yield;
  }
  lines.finish();
  if (counter.rows === 0) throw badLines.noRows(path);
  counter.finish();
  yield;
}

class LineCutter {
  readonly #path: string;
  readonly #handler: RecordHandler;
  readonly #badLines: BadLines;
  readonly #counter: RowCounter;
  readonly #cells: Cells = {
    bytes: new Uint8Array(0),
    starts: new Uint32Array(COLUMNS),
    ends: new Uint32Array(COLUMNS),
    count: 0,
    isAscii: true,
    hasLists: false,
  };
  /** Columns of a line; 0 before the first. */
  #columns = 0;
  #line = 0;

  constructor(path: string, handler: RecordHandler, badLines: BadLines, counter: RowCounter) {
    this.#path = path;
    this.#handler = handler;
    this.#badLines = badLines;
    this.#counter = counter;
  }

  line(bytes: Uint8Array, from: number, end: number): void {
    const isMarked = this.#line++ === 0 && BYTE_ORDER_MARK.every((byte, i) => bytes[from + i] === byte);
    const start = isMarked ? from + BYTE_ORDER_MARK.length : from;
    const count = this.#cut(bytes, start, end);
    if (this.#columns === 0 && (count === COLUMNS || count === COLUMNS - 1)) {
      this.#columns = count;
      this.#handler.header(columnNames.slice(COLUMNS - count));
    }
    if (count !== this.#columns) {
      const rule =
        this.#columns === 0
          ? `a line must have ${COLUMNS} tab-separated columns, or ${COLUMNS - 1} without a label`
          : `a line must have ${this.#columns} tab-separated columns, like the first`;
      this.#badLines.add({
        kind: 'wrong-column-count',
        file: this.#path,
        line: this.#line,
        rule,
        got: count,
      });
      return;
    }
    this.#handler.record(this.#cells, this.#line);
    this.#counter.rows++;
  }

  tooLong(): void {
    const rule = `a line must have at most ${MAX_CRITEO_LINE} bytes`;
    this.#badLines.add({
      kind: 'malformed-line',
      file: this.#path,
      line: ++this.#line,
      rule,
      got: 'a longer one',
    });
  }

  /** Sets the cells, of which there may be more than places. Returns their number. */
  #cut(bytes: Uint8Array, start: number, end: number): number {
    const cells = this.#cells;
    let count = 0;
    for (let at = start; at <= end; count++) {
      const tab = bytes.indexOf(TAB, at);
      const stop = tab < 0 || tab > end ? end : tab;
      cells.starts[count] = at;
      cells.ends[count] = stop;
      at = stop + 1;
    }
    cells.bytes = bytes;
    cells.count = count;
    cells.isAscii = isAscii(bytes, start, end);
    return count;
  }
}
