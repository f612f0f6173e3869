import type { HostTensor } from '../../state/host-tensor.ts';
import type { IntegerBits } from './levels.ts';

/** Signed codes of 8, 4 or 2 bits, packed without gaps: in 4 bits two a byte, in 2 bits four, the first in the lowest. */
export class PackedCodes {
  readonly bits: IntegerBits;
  readonly #bytes: Int8Array;

  constructor(bits: IntegerBits, count: number) {
    this.bits = bits;
    this.#bytes = new Int8Array(PackedCodes.bytes(bits, count));
  }

  static bytes(bits: IntegerBits, count: number): number {
    return Math.ceil((count * bits) / 8);
  }

  /** Writes `out.length` codes from place `start` on into `out`. */
  read(start: number, out: Int8Array): void {
    const { bits } = this;
    if (bits === 8) {
      out.set(this.#bytes.subarray(start, start + out.length));
      return;
    }
    const perByte = 8 / bits;
    for (let i = 0, at = start; i < out.length; i++, at++) {
      const slot = at % perByte;
      // The code moves to the top of the word, and comes down again with its sign.
      out[i] = (this.#bytes[(at - slot) / perByte]! << (32 - bits - bits * slot)) >> (32 - bits);
    }
  }

  /** Overwrites the codes from place `start` on. */
  write(start: number, codes: Int8Array): void {
    const { bits } = this;
    if (bits === 8) {
      this.#bytes.set(codes, start);
      return;
    }
    const perByte = 8 / bits;
    const mask = 2 ** bits - 1;
    for (let i = 0, at = start; i < codes.length; i++, at++) {
      const slot = at % perByte;
      const byte = (at - slot) / perByte;
      const shift = bits * slot;
      this.#bytes[byte] = (this.#bytes[byte]! & ~(mask << shift)) | ((codes[i]! & mask) << shift);
    }
  }

  /** I8 of `shape`, or U8 [bytes]. */
  tensor(name: string, shape: readonly number[], loaded: (count: number) => void): HostTensor {
    const { bits } = this;
    if (bits === 8) return { name, role: 'model', dtype: 'I8', shape, data: this.#bytes, loaded };
    const data = new Uint8Array(this.#bytes.buffer);
    const whole = (bytes: number) => loaded((bytes * 8) / bits);
    return { name, role: 'model', dtype: 'U8', shape: [data.length], data, loaded: whole };
  }
}
