import { charactersIn, isAscii, type Cells } from '../cells/cells.ts';

const NEWLINE = 10;
const RETURN = 13;
const MARK = [0xef, 0xbb, 0xbf] as const;
const FIRST_CELLS = 64;

/** What breaks the quoting of a file, so that no later record can be told. */
export class QuoteFault extends Error {
  readonly kind: 'opening' | 'closing' | 'unclosed';
  /** Where the quote is; where the record starts for one that never closes. */
  readonly line: number;

  constructor(kind: QuoteFault['kind'], line: number) {
    super(`${kind} quote in line ${line}`);
    this.kind = kind;
    this.line = line;
  }
}

type Place = 'record' | 'cell' | 'bare' | 'quoted' | 'after-quote';

/**
 * Cuts the bytes of a CSV file into records (RFC 4180; lines end with LF or CRLF, delimiter and quote are free, byte order marks in front of
 * records are dropped). Each byte is looked at once, however the bytes come: a record that is not complete is held and continued. Nothing is decoded;
 * doubled quotes are joined in place.
 */
export class CsvSplitter {
  /** The line, counted from 1, of the record that comes next or is under way. */
  line = 1;
  readonly cells: Cells = {
    bytes: new Uint8Array(1 << 16),
    starts: new Uint32Array(FIRST_CELLS),
    ends: new Uint32Array(FIRST_CELLS),
    count: 0,
    isAscii: true,
    hasLists: false,
  };
  readonly #delimiter: Uint8Array;
  readonly #quote: Uint8Array;
  readonly #onRecord: (cells: Cells, line: number) => void;
  /** Whether delimiter and quote are one byte each, and the highest byte that means something then. */
  readonly #isPlain: boolean;
  readonly #highest: number;
  #length = 0;
  /** Where the record, the cell and the scan are. */
  #record = 0;
  #cell = 0;
  #at = 0;
  #place: Place = 'record';
  #hasEscapes = false;
  #isLast = false;
  /** Lines that ended inside the record. */
  #inside = 0;
  /** Of the record under way, once its bytes are many. */
  #characters = -1;

  /** `onRecord` gets the cells, which the next record overwrites, and the line where the record starts. */
  constructor(
    marks: { readonly delimiter: Uint8Array; readonly quote: Uint8Array },
    onRecord: (cells: Cells, line: number) => void,
  ) {
    this.#delimiter = marks.delimiter;
    this.#quote = marks.quote;
    this.#onRecord = onRecord;
    this.#isPlain = marks.delimiter.length === 1 && marks.quote.length === 1;
    this.#highest = Math.max(NEWLINE, marks.delimiter[0]!, marks.quote[0]!);
  }

  /** @throws QuoteFault */
  push(chunk: Uint8Array): void {
    this.#append(chunk);
    this.#scan();
  }

  /** Ends the last record, if no line end did. @throws QuoteFault */
  finish(): void {
    this.#isLast = true;
    this.#scan();
  }

  /** Whether the record under way has more UTF-16 units than `limit`. O(length of the last chunk). */
  isLongerThan(limit: number): boolean {
    const length = this.#length - this.#record;
    if (this.#place === 'record' || length <= limit) this.#characters = -1;
    else if (this.#characters < 0)
      this.#characters = charactersIn(this.cells.bytes, this.#record, this.#length);
    return this.#characters > limit;
  }

  #append(chunk: Uint8Array): void {
    const { cells } = this;
    const shift = this.#record;
    const rest = this.#length - shift;
    if (rest + chunk.length > cells.bytes.length) {
      const larger = new Uint8Array(Math.max(rest + chunk.length, 2 * cells.bytes.length));
      larger.set(cells.bytes.subarray(shift, this.#length));
      cells.bytes = larger;
    } else {
      cells.bytes.copyWithin(0, shift, this.#length);
    }
    cells.bytes.set(chunk, rest);
    this.#length = rest + chunk.length;
    for (let c = 0; c < cells.count; c++) {
      cells.starts[c]! -= shift;
      cells.ends[c]! -= shift;
    }
    this.#at -= shift;
    this.#cell -= shift;
    this.#record = 0;
    cells.isAscii = (rest === 0 || cells.isAscii) && isAsciiPiece(cells.bytes, rest, this.#length);
    if (this.#characters >= 0) this.#characters += charactersIn(chunk, 0, chunk.length);
  }

  /** Goes on until the bytes end. */
  #scan(): void {
    let goesOn = true;
    while (goesOn) {
      switch (this.#place) {
        case 'record':
          goesOn = this.#startRecord();
          break;
        case 'cell':
          goesOn = this.#startCell();
          break;
        case 'bare':
          goesOn = this.#bare();
          break;
        case 'quoted':
          goesOn = this.#quoted();
          break;
        case 'after-quote':
          goesOn = this.#afterQuote();
          break;
      }
    }
  }

  /** Passes over marks and empty lines. */
  #startRecord(): boolean {
    const { bytes } = this.cells;
    this.cells.count = 0;
    for (;;) {
      const left = this.#length - this.#at;
      this.#record = this.#at;
      if (left === 0) return false;
      const byte = bytes[this.#at];
      if (byte === NEWLINE) this.#at++;
      else if (byte === RETURN && left > 1 && bytes[this.#at + 1] === NEWLINE) this.#at += 2;
      else if (byte === RETURN && left === 1 && !this.#isLast) return false;
      else if (byte === MARK[0] && left < MARK.length && !this.#isLast) return false;
      else if (byte === MARK[0] && bytes[this.#at + 1] === MARK[1] && bytes[this.#at + 2] === MARK[2]) {
        this.#at += MARK.length;
        continue;
      } else break;
      this.line++;
    }
    this.#cell = this.#at;
    this.#place = 'cell';
    return this.#isPlain ? this.#plainRecords() : true;
  }

  /**
   * Passes on records from the present place on while they have no quotes and are whole: most of most files. Stops in the midst of the first other one, where
   * the other methods go on.
   */
  #plainRecords(): boolean {
    const { cells } = this;
    const { bytes } = cells;
    const [delimiter, quote, highest, end] = [
      this.#delimiter[0],
      this.#quote[0],
      this.#highest,
      this.#length,
    ];
    let cell = this.#at;
    for (let at = cell; ;) {
      while (at < end && bytes[at]! > highest) at++;
      const byte = at < end ? bytes[at] : undefined;
      if (byte === delimiter) {
        cell = ++at;
        this.#endCell(at - 1, at);
      } else if (byte === NEWLINE) {
        const last = at > cell && bytes[at - 1] === RETURN ? at - 1 : at;
        this.#record = cell = ++at;
        this.#endRecord(last, at);
        const first = bytes[at];
        // Empty lines and byte order marks are up to `startRecord`.
        if (at === end || first === NEWLINE || first === RETURN || first === MARK[0]) return true;
        cells.count = 0;
        this.#place = 'cell';
      } else if (byte === undefined || byte === quote) {
        this.#at = at;
        if (at > cell) this.#place = 'bare';
        return true;
      } else at++;
    }
  }

  #startCell(): boolean {
    if (this.#at === this.#length && !this.#isLast) return false;
    const isQuote = this.#matches(this.#quote, this.#at);
    if (isQuote === undefined) return false;
    if (isQuote) this.#at += this.#quote.length;
    this.#cell = this.#at;
    this.#hasEscapes = false;
    this.#place = isQuote ? 'quoted' : 'bare';
    return true;
  }

  /** Inside a cell without quotes. Most bytes of most files are passed over here. */
  #bare(): boolean {
    const { bytes } = this.cells;
    const delimiter = this.#delimiter[0];
    const quote = this.#quote[0];
    const end = this.#length;
    let at = this.#at;
    for (;;) {
      while (at < end && bytes[at] !== delimiter && bytes[at] !== NEWLINE && bytes[at] !== quote) at++;
      this.#at = at;
      if (at === end) return this.#isLast && this.#endRecord(at, at);
      if (bytes[at] === NEWLINE) {
        return this.#endRecord(at > this.#cell && bytes[at - 1] === RETURN ? at - 1 : at, at + 1);
      }
      const isDelimiter = this.#matches(this.#delimiter, at);
      const isQuote = this.#matches(this.#quote, at);
      if (isDelimiter === undefined || isQuote === undefined) return false;
      if (isQuote) throw new QuoteFault('opening', this.line + this.#inside);
      if (isDelimiter) return this.#endCell(at, at + this.#delimiter.length);
      at++;
    }
  }

  #quoted(): boolean {
    const { bytes } = this.cells;
    const quote = this.#quote[0];
    const end = this.#length;
    let at = this.#at;
    for (;;) {
      for (; at < end && bytes[at] !== quote; at++) if (bytes[at] === NEWLINE) this.#inside++;
      this.#at = at;
      const isQuote = this.#matches(this.#quote, at);
      if (at === end || isQuote === undefined) {
        if (this.#isLast) throw new QuoteFault('unclosed', this.line);
        return false;
      }
      if (isQuote) break;
      at++;
    }
    this.#at = at + this.#quote.length;
    this.#place = 'after-quote';
    return true;
  }

  /** Behind a quote in a quoted cell: the end of the cell, or the first of two quotes that stand for one. */
  #afterQuote(): boolean {
    const { bytes } = this.cells;
    const at = this.#at;
    const close = at - this.#quote.length;
    if (at === this.#length) return this.#isLast && this.#endQuoted(close, at, true);
    if (bytes[at] === NEWLINE) return this.#endQuoted(close, at + 1, true);
    if (bytes[at] === RETURN) {
      if (at + 1 === this.#length && !this.#isLast) return false;
      if (bytes[at + 1] === NEWLINE && at + 1 < this.#length) return this.#endQuoted(close, at + 2, true);
    }
    const isDelimiter = this.#matches(this.#delimiter, at);
    const isQuote = this.#matches(this.#quote, at);
    if (isDelimiter === undefined || isQuote === undefined) return false;
    if (isDelimiter) return this.#endQuoted(close, at + this.#delimiter.length, false);
    if (!isQuote) throw new QuoteFault('closing', this.line + this.#inside);
    this.#hasEscapes = true;
    this.#at += this.#quote.length;
    this.#place = 'quoted';
    return true;
  }

  /** Whether a mark is at a place; undefined if the bytes end before that can be told. */
  #matches(mark: Uint8Array, at: number): boolean | undefined {
    const { bytes } = this.cells;
    for (let i = 0; i < mark.length; i++) {
      if (at + i >= this.#length) return this.#isLast || i === 0 ? false : undefined;
      if (bytes[at + i] !== mark[i]) return false;
    }
    return true;
  }

  #endQuoted(close: number, next: number, isRecord: boolean): boolean {
    const end = this.#hasEscapes ? this.#unescaped(close) : close;
    return isRecord ? this.#endRecord(end, next) : this.#endCell(end, next);
  }

  /** Joins doubled quotes in place. Returns where the cell then ends. */
  #unescaped(close: number): number {
    const { bytes } = this.cells;
    let to = this.#cell;
    for (let from = this.#cell; from < close;) {
      if (!this.#matches(this.#quote, from)) {
        bytes[to++] = bytes[from++]!;
        continue;
      }
      bytes.copyWithin(to, from, from + this.#quote.length);
      to += this.#quote.length;
      from += 2 * this.#quote.length;
    }
    return to;
  }

  #endCell(end: number, next: number): true {
    const { cells } = this;
    if (cells.count === cells.starts.length) {
      cells.starts = doubled(cells.starts);
      cells.ends = doubled(cells.ends);
    }
    cells.starts[cells.count] = this.#cell;
    cells.ends[cells.count++] = end;
    this.#at = this.#cell = next;
    this.#place = 'cell';
    return true;
  }

  #endRecord(end: number, next: number): true {
    this.#endCell(end, next);
    this.#place = 'record';
    const { line } = this;
    // The end of the file ends no line.
    this.line += this.#inside + 1;
    this.#inside = 0;
    this.#characters = -1;
    this.#onRecord(this.cells, line);
    return true;
  }
}

/** The same as `isAscii`, four bytes at a time. */
function isAsciiPiece(bytes: Uint8Array, start: number, end: number): boolean {
  const [first, last] = [Math.ceil(start / 4), Math.floor(end / 4)];
  if (first >= last) return isAscii(bytes, start, end);
  let bits = 0;
  const words = new Int32Array(bytes.buffer, 4 * first, last - first);
  for (let word = 0; word < words.length; word++) bits |= words[word]!;
  return (bits & 0x80808080) === 0 && isAscii(bytes, start, 4 * first) && isAscii(bytes, 4 * last, end);
}

function doubled(numbers: Uint32Array): Uint32Array {
  const larger = new Uint32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
