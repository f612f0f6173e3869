import { mix32 } from '@ttrec/core';

const BUFFER_BYTES = 1 << 16;
const BLOCK_BYTES = 16;

/**
 * A 128-bit digest of columns and texts, in the order in which they are added: MurmurHash3_x86_128 (Appleby 2011) of their bytes. The length
 * of each part precedes it, so that moving a byte from one part to the next changes the digest.
 *
 * It detects changes, not forgeries: the hash is not cryptographic. Takes 64 KiB of memory. Assumes little-endian byte order, which all
 * platforms of JavaScript engines have.
 */
export class Digest {
  readonly #hash = new Murmur128();

  /** Adds the bits of a typed array. O(bytes). */
  add(values: Uint8Array | Uint16Array | Uint32Array | Float32Array): this {
    this.#hash.update(new Uint8Array(Float64Array.of(values.byteLength).buffer));
    this.#hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return this;
  }

  addText(text: string): this {
    return this.add(new TextEncoder().encode(text));
  }

  /** Adds plain data as JSON. The order of keys and undefined values don't matter. */
  addJson(value: unknown): this {
    const sorted = (_: string, inner: unknown): unknown =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner;
    return this.addText(JSON.stringify(value, sorted));
  }

  /** 32 hexadecimal digits. Nothing can be added afterwards. */
  finish(): string {
    return this.#hash.finish();
  }
}

const FACTORS = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const;

/** MurmurHash3_x86_128 with seed 0, fed in parts. */
export class Murmur128 {
  readonly #words = new Uint32Array(BUFFER_BYTES / 4);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  readonly #state = new Uint32Array(4);
  #filled = 0;
  #length = 0;

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      const count = Math.min(BUFFER_BYTES - this.#filled, bytes.length - at);
      this.#bytes.set(bytes.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === BUFFER_BYTES) this.#mixBlocks(BUFFER_BYTES / BLOCK_BYTES);
    }
  }

  /** 32 hexadecimal digits. Nothing can be added afterwards. */
  finish(): string {
    const blocks = Math.floor(this.#filled / BLOCK_BYTES);
    const end = this.#filled;
    this.#bytes.fill(0, end, Math.ceil(end / BLOCK_BYTES) * BLOCK_BYTES);
    this.#mixBlocks(blocks);
    const state = this.#state;
    if (end % BLOCK_BYTES > 0) {
      for (let i = 0; i < 4; i++) state[i]! ^= scramble(this.#words[blocks * 4 + i]!, i);
    }
    for (let i = 0; i < 4; i++) state[i]! ^= this.#length;
    addUp(state);
    for (let i = 0; i < 4; i++) state[i] = mix32(state[i]!);
    addUp(state);
    return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
  }

  /** Mixes the first blocks of the buffer into the state, and counts it as empty. */
  #mixBlocks(blocks: number): void {
    const words = this.#words;
    // As 32-bit integers, which numbers beyond 2^31 are not until they are made so.
    let [h1, h2, h3, h4] = Int32Array.from(this.#state) as unknown as [number, number, number, number];
    for (let at = 0; at < blocks * 4; at += 4) {
      h1 ^= scramble(words[at]!, 0);
      h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
      h2 ^= scramble(words[at + 1]!, 1);
      h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
      h3 ^= scramble(words[at + 2]!, 2);
      h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
      h4 ^= scramble(words[at + 3]!, 3);
      h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
    }
    this.#state.set([h1, h2, h3, h4]);
    this.#filled = 0;
  }
}

function scramble(word: number, lane: number): number {
  return Math.imul(rotate(Math.imul(word, FACTORS[lane]!), 15 + lane), FACTORS[(lane + 1) % 4]!);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Adds all words to the first, then the first to the others. */
function addUp(state: Uint32Array): void {
  state[0] = state.reduce((sum, word) => sum + word, 0);
  for (let i = 1; i < 4; i++) state[i]! += state[0];
}
