import { error } from '../error.ts';

/** The bytes of a pickle, read from front to end. */
export class PickleBytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #subject: string;
  #at = 0;

  constructor(bytes: Uint8Array, subject: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#subject = subject;
  }

  get place(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Big-endian, as pickles have it. */
  float64(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** Two's complement of up to 8 bytes. */
  long(length: number): number | bigint {
    if (length > 8) throw this.#error('integers must fit 64 bits', `${length} bytes`);
    const start = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[start + i]!);
    if (length > 0 && this.#bytes[start + length - 1]! >= 0x80) value -= 1n << BigInt(8 * length);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    const bytes = this.bytes(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.#error('text must be UTF-8', 'other bytes');
    }
  }

  /** Up to the next newline, which is passed. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#truncated();
    const text = this.text(end - this.#at);
    this.#at++;
    return text;
  }

  #take(length: number): number {
    if (length > this.left) throw this.#truncated();
    const start = this.#at;
    this.#at += length;
    return start;
  }

  #truncated(): Error {
    const rule = 'must go on to its STOP';
    return error('pickle-truncated', { subject: this.#subject, rule, got: `${this.#bytes.length} bytes` });
  }

  #error(rule: string, got: unknown): Error {
    return error('pickle-value', { subject: `${this.#subject}, byte ${this.#at}`, rule, got });
  }
}
