import { counted } from '@ttrec/core';
import { error } from '../error.ts';
import { PickleInstance, type PickleValue } from './pickle-value.ts';

const MAX_INTEGER_BYTES = 64;

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

  uint64(): number {
    const value = Number(this.#view.getBigUint64(this.#take(8), true));
    if (value > this.#bytes.length) throw this.#truncated();
    return value;
  }

  /** Two's complement. An integer of more than 64 bytes is passed over. */
  long(length: number): PickleValue {
    const bytes = this.bytes(length);
    if (length > MAX_INTEGER_BYTES) return new PickleInstance('int');
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    if (length > 0 && bytes[length - 1]! >= 0x80) value -= 1n << BigInt(8 * length);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    const text = textOf(this.bytes(length));
    if (text === undefined) throw this.#error('text must be UTF-8', 'other bytes');
    return text;
  }

  /** A string of Python 2: UTF-8, or a byte a character. */
  byteText(length: number): string {
    const bytes = this.bytes(length);
    return textOf(bytes) ?? latin1(bytes);
  }

  /** Up to the next newline, which is passed. */
  line(): string {
    const text = this.byteText(this.#lineLength());
    this.#at++;
    return text;
  }

  /** A line in which a character is a byte, or `\uXXXX` or `\UXXXXXXXX`. */
  escapedLine(): string {
    const text = latin1(this.bytes(this.#lineLength()));
    this.#at++;
    return text.replace(/\\u([0-9a-f]{4})|\\U(0010[0-9a-f]{4}|000[0-9a-f]{5})/gi, (_, short, long) =>
      String.fromCodePoint(parseInt((short ?? long) as string, 16)),
    );
  }

  #lineLength(): number {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#truncated();
    return end - this.#at;
  }

  #take(length: number): number {
    if (length > this.left) throw this.#truncated();
    const start = this.#at;
    this.#at += length;
    return start;
  }

  #truncated(): Error {
    const rule = 'must end with the opcode STOP';
    return error('pickle-truncated', {
      subject: this.#subject,
      rule,
      got: counted(this.#bytes.length, 'byte'),
    });
  }

  #error(rule: string, got: unknown): Error {
    return error('pickle-value', { subject: `${this.#subject}, byte ${this.#at}`, rule, got });
  }
}

/** UTF-8 as Python writes it: halves of surrogate pairs, which stand for bytes in the names of files, are characters. Else undefined. */
function textOf(bytes: Uint8Array): string | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  let from = 0;
  try {
    for (let i = 0; i + 2 < bytes.length; i++) {
      if (bytes[i] !== 0xed || bytes[i + 1]! < 0xa0) continue;
      parts.push(decoder.decode(bytes.subarray(from, i)));
      parts.push(String.fromCharCode(0xd000 | ((bytes[i + 1]! & 0x3f) << 6) | (bytes[i + 2]! & 0x3f)));
      from = i + 3;
      i += 2;
    }
    return [...parts, decoder.decode(bytes.subarray(from))].join('');
  } catch {
    return undefined;
  }
}

/** A byte a character; the decoder of that name maps some of them elsewhere. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
