import { ChunkList } from '../chunks/chunk-list.ts';
import type { Scratch } from '../chunks/scratch.ts';

/** Marks a code whose value was dropped; the other bits are the row that takes its place. */
export const DROPPED = 0x80000000;

/**
 * The codes of a table whose dictionary drops values. Each drop ends a generation: the codes of values that stay move, and of the others 63 bits of hash are kept, for
 * they may come again. Chunks keep the codes of their time.
 */
export class CodeGenerations {
  /** By generation that has ended: [codes][2] the code in the next one and 0, or the hash, whose first word is `DROPPED` at least. Once resolved, [codes]. */
  readonly #next = new ChunkList();
  /** By generation that has ended: the first chunk after it. */
  readonly #ends: number[] = [];
  /** The map of one generation to the codes of the last, at hand. */
  #current: { readonly generation: number; readonly map: Uint32Array } | undefined;

  /** Generations that have ended. */
  get count(): number {
    return this.#ends.length;
  }

  /** Ends a generation before chunk `chunk`. */
  end(chunk: number, next: Uint32Array): void {
    this.#ends.push(chunk);
    this.#next.push([next]);
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#next.bytes;
  }

  store(scratch: Scratch): Promise<void> {
    return this.#next.store(scratch);
  }

  /**
   * To be called when the last generation has its codes: maps all others straight to it.
   * @param find the code of a value that was dropped and came again, or `DROPPED` and a row
   */
  async resolve(find: (first: number, second: number) => number): Promise<void> {
    let after: Uint32Array | undefined;
    for (let generation = this.#ends.length - 1; generation >= 0; generation--) {
      const next = await this.#map(generation);
      const map = new Uint32Array(next.length / 2);
      for (let code = 0; code < map.length; code++) {
        const first = next[2 * code]!;
        if (first >= DROPPED) map[code] = find(first, next[2 * code + 1]!);
        else map[code] = after ? after[first]! : first;
      }
      await this.#next.replace(generation, [map]);
      after = map;
    }
  }

  /** Reads what the codes of a chunk need. */
  async prepare(chunk: number): Promise<void> {
    const generation = this.#generationOf(chunk);
    if (generation === this.#ends.length) this.#current = undefined;
    else if (this.#current?.generation !== generation)
      this.#current = { generation, map: await this.#map(generation) };
  }

  /** The codes of a chunk that is prepared, as those of the last generation; undefined where they are. Infinity is behind the last chunk. */
  mapOf(chunk: number): Uint32Array | undefined {
    return this.#generationOf(chunk) === this.#ends.length ? undefined : this.#current!.map;
  }

  #generationOf(chunk: number): number {
    const generation = this.#ends.findIndex((end) => chunk < end);
    return generation < 0 ? this.#ends.length : generation;
  }

  async #map(generation: number): Promise<Uint32Array> {
    return (await this.#next.get(generation))[0] as Uint32Array;
  }
}
