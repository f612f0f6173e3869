import { LIST } from '../cells/cells.ts';
import type { RawCell, RawValue } from '../encoding/raw-rows.ts';
import { CellFault } from '../columns/cell.ts';
import { idTextOf, textOf } from '../encoding/readers.ts';

const encoder = new TextEncoder();
/** Most bytes that a UTF-16 unit takes. */
const BYTES_PER_UNIT = 3;

const LIST_RULE = 'must be a list of single values, without lists inside';

/** Writes values one behind the other: the bytes that a file of text has for them, and lists as `Cells` have them. */
export class ByteWriter {
  bytes = new Uint8Array(1 << 12);
  length = 0;
  /** Whether no byte is above 127 so far. */
  isAscii = true;

  clear(): void {
    this.length = 0;
    this.isAscii = true;
  }

  /**
   * Writes a value; null and undefined have no bytes. UTF-8 may come as bytes.
   *
   * @param isExact whether equal values are one id
   * @throws CellFault, named for `column`
   */
  write(value: unknown, column: string, isExact = false): void {
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) this.#writeList(value, column, isExact);
    else if (value instanceof Uint8Array) this.writeBytes(value, 0, value.length);
    // What is no number is text, which may stand for a missing value.
    else if (typeof value === 'number' && !(isExact && Number.isInteger(value)))
      this.#writeText(String(value));
    else this.#writeText((isExact ? idTextOf : textOf)(value as RawCell, column));
  }

  writeBytes(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const { bytes } = this;
    let to = this.length;
    let bits = 0;
    for (let at = start; at < end; at++) bits |= bytes[to++] = from[at]!;
    if (bits > 127) this.isAscii = false;
    this.length = to;
  }

  #writeList(parts: readonly unknown[], column: string, isExact: boolean): void {
    if (parts.length === 0) this.#writeMark();
    for (const part of parts) {
      this.#writeMark();
      if (part instanceof Uint8Array) this.writeBytes(part, 0, part.length);
      else if (Array.isArray(part)) throw new CellFault(column, LIST_RULE, parts);
      else if (part !== undefined) this.#writeText((isExact ? idTextOf : textOf)(part as RawValue, column));
    }
  }

  #writeMark(): void {
    this.isAscii = false;
    this.#reserve(1);
    this.bytes[this.length++] = LIST;
  }

  #writeText(text: string): void {
    const { length } = text;
    this.#reserve(length * BYTES_PER_UNIT);
    const { bytes } = this;
    const start = this.length;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) {
        this.isAscii = false;
        this.length = start + encoder.encodeInto(text, bytes.subarray(start)).written;
        return;
      }
      bytes[start + i] = unit;
    }
    this.length = start + length;
  }

  #reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + count, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
