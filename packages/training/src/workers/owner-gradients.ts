import type { GradientLayout, SubtreeGradients, SubtreeRows } from '@ttrec/dlrm/shards';
import type { RowGradients } from '@ttrec/embeddings/kind';
import { positionsHeld } from '@ttrec/embeddings/model';
import type { Communicator } from './communicator.ts';

const NO_ROWS: RowGradients = { ids: new Uint32Array(0), values: new Float32Array(0) };

/** Sends the gradients of rows of sharded tables to the workers that hold the rows, and to no other. */
export class OwnerGradients {
  readonly #communicator: Communicator;
  /** Positions of the sharded tables among all, and their widths. */
  readonly #tables: readonly { readonly t: number; readonly cols: number }[];
  #sentNumbers = 0;

  constructor({ tables }: GradientLayout, communicator: Communicator) {
    this.#communicator = communicator;
    this.#tables = tables.flatMap(({ sharded, cols }, t) => (sharded ? [{ t, cols }] : []));
  }

  /** 32-bit numbers that this worker sent to others. */
  get sentNumbers(): number {
    return this.#sentNumbers;
  }

  /** What is left for all workers: the gradients of tables that each of them has. */
  withoutSharded(own: readonly SubtreeGradients[]): SubtreeGradients[] {
    const isSharded = (t: number) => this.#tables.some((table) => table.t === t);
    return own.map((subtree) => ({
      ...subtree,
      tables: subtree.tables.map((rows, t) => (isSharded(t) ? NO_ROWS : rows)),
    }));
  }

  /** @param starts the first shards of the subtrees of each worker @returns by table, what subtrees found in the rows of this worker */
  async deliver(
    own: readonly SubtreeGradients[],
    starts: readonly (readonly number[])[],
  ): Promise<ReadonlyMap<number, readonly SubtreeRows[]>> {
    const { rank, size } = this.#communicator;
    const messages = Array.from({ length: size }, (_, owner) => this.#message(own, owner));
    messages.forEach(({ length }, owner) => {
      if (owner !== rank) this.#sentNumbers += length;
    });
    // Copies: what was received is valid until the next operation, and the rows are added up after it.
    const received = (await this.#communicator.alltoallv(messages)).map((words) => words.slice());
    const found = new Map(this.#tables.map(({ t }): [number, SubtreeRows[]] => [t, []]));
    received.forEach((words, from) => this.#read(words, starts[from]!, found));
    return found;
  }

  /** How many rows, by subtree and table; then their ids and values. */
  #message(own: readonly SubtreeGradients[], rank: number): Uint32Array {
    const { size } = this.#communicator;
    const parts = own.flatMap(({ tables }) =>
      this.#tables.map(({ t, cols }) => {
        const { ids, values } = tables[t]!;
        return { ids, values, cols, held: positionsHeld(ids, { rank, size }) };
      }),
    );
    const length = parts.reduce((sum, { held, cols }) => sum + held.length * (1 + cols), parts.length);
    const words = new Uint32Array(length);
    const floats = new Float32Array(words.buffer);
    words.set(parts.map(({ held }) => held.length));
    let at = parts.length;
    for (const { ids, values, cols, held } of parts) {
      for (const row of held) words[at++] = ids[row]!;
      for (const row of held) {
        floats.set(values.subarray(row * cols, (row + 1) * cols), at);
        at += cols;
      }
    }
    return words;
  }

  #read(words: Uint32Array, starts: readonly number[], found: ReadonlyMap<number, SubtreeRows[]>): void {
    let at = starts.length * this.#tables.length;
    const take = (length: number) => words.subarray(at, (at += length));
    starts.forEach((start, s) => {
      this.#tables.forEach(({ t, cols }, place) => {
        const count = words[s * this.#tables.length + place]!;
        const ids = take(count);
        const { buffer, byteOffset, length } = take(count * cols);
        found.get(t)!.push({ start, rows: { ids, values: new Float32Array(buffer, byteOffset, length) } });
      });
    });
  }
}
