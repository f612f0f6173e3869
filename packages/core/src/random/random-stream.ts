import { errorsOf } from '../errors/ttrec-error.ts';
import { philox4x32, philoxBlocks, type Words4 } from './philox.ts';

export const error = errorsOf('core');
const TWO_POW_32 = 4294967296;

/**
 * An endless sequence of random numbers that is a pure function of a seed and a name, and can be entered anywhere.
 *
 * Streams with different names are independent, so that adding a consumer never shifts the numbers of another.
 * The position counts 32-bit words; a stream is resumed by giving it the position it had.
 */
export class RandomStream {
  readonly seed: number;
  readonly name: string;
  #position: number;
  readonly #key: Uint32Array;
  readonly #counter: Uint32Array;
  readonly #block = new Uint32Array(4);
  #blockIndex = -1;

  /**
   * @param seed an integer from 0 to 2^53 - 1
   * @param name the purpose, such as `init/table/C3` or `shuffle/epoch/2`
   * @throws `core/bad-seed`
   */
  constructor(seed: number, name: string, position = 0) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw error('bad-seed', { subject: 'seed', rule: 'must be an integer from 0 to 2^53 - 1', got: seed });
    }
    this.seed = seed;
    this.name = name;
    this.#position = position;
    this.#key = Uint32Array.of(seed, Math.floor(seed / TWO_POW_32));
    this.#counter = Uint32Array.of(0, 0, ...hashName(name));
  }

  get position(): number {
    return this.#position;
  }

  set position(position: number) {
    this.#position = position;
  }

  /** A stream with the same seed and this one's name as prefix. */
  child(name: string): RandomStream {
    return new RandomStream(this.seed, `${this.name}/${name}`);
  }

  /** The 32-bit word at a position, without moving. Positions reach 2^53 - 1. */
  wordAt(position: number): number {
    const blockIndex = Math.floor(position / 4);
    if (blockIndex !== this.#blockIndex) {
      philox4x32(this.#counterOf(blockIndex), this.#key, this.#block);
      this.#blockIndex = blockIndex;
    }
    return this.#block[position % 4]!;
  }

  /** The next integer, uniform on 0 … 2^32 - 1. */
  nextWord(): number {
    return this.wordAt(this.#position++);
  }

  /** Kept, so that drawing numbers allocates nothing. */
  #counterOf(blockIndex: number): Words4 {
    this.#counter[0] = blockIndex;
    this.#counter[1] = Math.floor(blockIndex / TWO_POW_32);
    return this.#counter;
  }

  /** Fills `out` with the next integers, those that as many calls of `nextWord` would give. */
  nextWords(out: Uint32Array): void {
    const { length } = out;
    let filled = 0;
    // Up to the first whole block, then whole blocks, then what is left.
    while (filled < length && this.#position % 4 !== 0) out[filled++] = this.nextWord();
    while (length - filled >= 4) {
      const block = this.#position / 4;
      const low = block % TWO_POW_32;
      const blocks = Math.min(Math.floor((length - filled) / 4), TWO_POW_32 - low);
      philoxBlocks(this.#counterOf(block), this.#key, out, filled, blocks);
      filled += 4 * blocks;
      this.#position += 4 * blocks;
    }
    while (filled < length) out[filled++] = this.nextWord();
  }

  /** The next number, uniform on [0, 1) with 53 random bits. Takes two words. */
  nextUniform(): number {
    const high = this.nextWord();
    return uniformOf(high, this.nextWord());
  }

  /** The next integer, uniform on 0 … limit - 1 without bias (rejection). `limit` reaches 2^32. */
  nextInteger(limit: number): number {
    const bound = TWO_POW_32 - (TWO_POW_32 % limit);
    for (;;) {
      const word = this.nextWord();
      if (word < bound) return word % limit;
    }
  }

  /** The next standard normal number (Box and Muller 1958, the cosine half). Takes four words. */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextUniform()));
    return radius * Math.cos(2 * Math.PI * this.nextUniform());
  }
}

/** 53 bits of two words, as a number on [0, 1). */
export function uniformOf(high: number, low: number): number {
  return ((high >>> 5) * 67108864 + (low >>> 6)) / 9007199254740992;
}

/** A 64-bit digest of a name: FNV-1a over its UTF-16 units, finished by Philox so that near names end far apart. */
function hashName(name: string): [number, number] {
  let a = 0x811c9dc5;
  let b = 0xcbf29ce4;
  for (let i = 0; i < name.length; i++) {
    a = Math.imul(a ^ name.charCodeAt(i), 0x01000193) >>> 0;
    b = Math.imul(b ^ name.charCodeAt(i), 0x01000193) >>> 0;
    b = (b ^ (a >>> 15)) >>> 0;
  }
  const out = new Uint32Array(4);
  philox4x32([a, b, name.length, 0], [0x74747265, 0x63000000], out);
  return [out[0]!, out[1]!];
}
