const NEWLINE = 10;
const RETURN = 13;

/** Called for each line, in order. */
export interface LineHandler {
  /** The line is `bytes[start … end - 1]`, without its LF or CRLF; the bytes belong to the splitter. */
  line(bytes: Uint8Array, start: number, end: number): void;
  /** A line of more bytes than the limit; `start` is its first bytes. */
  tooLong(start: Uint8Array): void;
}

/**
 * Cuts bytes into lines. Of a line that is not complete it holds `limit` bytes at most and passes over the rest. Every byte is copied
 * at most three times, however the bytes come and however long the lines are.
 */
export class LineSplitter {
  readonly #limit: number;
  readonly #handler: LineHandler;
  /** The start of a line whose end has not come; longer than `limit` once it is too long. */
  #held = new Uint8Array(256);
  #length = 0;

  constructor(limit: number, handler: LineHandler) {
    this.#limit = limit;
    this.#handler = handler;
  }

  push(bytes: Uint8Array): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (this.#length === 0) this.#emit(bytes, start, end);
      else this.#endHeld(bytes.subarray(start, end));
      start = end + 1;
    }
    this.#hold(bytes.subarray(start));
  }

  /** Ends the last line, if nothing else did. */
  finish(): void {
    if (this.#length > 0) this.#endHeld(new Uint8Array());
  }

  #endHeld(rest: Uint8Array): void {
    this.#hold(rest);
    const length = this.#length;
    this.#length = 0;
    this.#emit(this.#held, 0, length);
  }

  #emit(bytes: Uint8Array, start: number, end: number): void {
    const last = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    if (last - start > this.#limit) this.#handler.tooLong(bytes.subarray(start, start + this.#limit));
    else this.#handler.line(bytes, start, last);
  }

  /** Keeps two bytes more than the limit: the line stays too long when it ends with a CR. */
  #hold(bytes: Uint8Array): void {
    const count = Math.min(bytes.length, this.#limit + 2 - this.#length);
    const needed = this.#length + count;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(bytes.subarray(0, count), this.#length);
    this.#length = needed;
  }
}
