import { addSubtrees, type SubtreeGradients } from '@ttrec/dlrm/shards';
import type { Communicator } from './communicator.ts';
import { grown } from './grown.ts';

/**
 * Adds up the gradients of parameters outside the tables. Each worker adds up one part of the numbers: it gets that part from all, and the sum
 * goes out with what else the worker has to tell.
 */
export class DenseReduction {
  /** N, of all parameters. */
  readonly length: number;
  readonly #communicator: Communicator;
  /** By part, and then by subtree. */
  #sent = new Float32Array(0);
  readonly #whole: Float32Array;

  constructor(lengths: readonly number[], communicator: Communicator) {
    this.length = lengths.reduce((sum, length) => sum + length, 0);
    this.#communicator = communicator;
    this.#whole = new Float32Array(this.length);
  }

  /** Where part `rank` starts; that of the worker after the last is N. */
  startOf(rank: number): number {
    return Math.floor((this.length * rank) / this.#communicator.size);
  }

  lengthOf(rank: number): number {
    return this.startOf(rank + 1) - this.startOf(rank);
  }

  /**
   * @param starts the first shards of the subtrees of each worker
   * @returns this worker's part of the sum, valid until the communicator's next operation
   */
  async ownPart(
    own: readonly SubtreeGradients[],
    starts: readonly (readonly number[])[],
  ): Promise<Float32Array> {
    const received = await this.#communicator.alltoallv(this.#parts(own));
    const length = this.lengthOf(this.#communicator.rank);
    const parts = starts.flatMap((each, from) =>
      each.map((_, s) => received[from]!.subarray(s * length, (s + 1) * length)),
    );
    return addSubtrees(parts, starts.flat());
  }

  /** The sum of all, in the order of the library. */
  async allreduced(own: readonly SubtreeGradients[]): Promise<Float32Array> {
    const sent = (this.#sent = grown(this.#sent, this.length * Math.max(1, own.length)));
    sent.fill(0, 0, this.length);
    own.forEach(({ dense }, s) => {
      let at = s * this.length;
      for (const values of dense) {
        sent.set(values, at);
        at += values.length;
      }
    });
    const parts = own.map((_, s) => sent.subarray(s * this.length, (s + 1) * this.length));
    const starts = own.map(({ start }) => start);
    this.#whole.set(own.length > 0 ? addSubtrees(parts, starts) : sent.subarray(0, this.length));
    await this.#communicator.allreduce(this.#whole, 'sum');
    return this.#whole;
  }

  /** All parts together. @param parts by rank */
  joined(parts: readonly Float32Array[]): Float32Array {
    parts.forEach((part, rank) => this.#whole.set(part, this.startOf(rank)));
    return this.#whole;
  }

  #parts(own: readonly SubtreeGradients[]): Float32Array[] {
    const { size } = this.#communicator;
    const sent = (this.#sent = grown(this.#sent, this.length * own.length));
    const placeOf = (rank: number, s: number) => own.length * this.startOf(rank) + s * this.lengthOf(rank);
    own.forEach(({ dense }, s) => {
      let [rank, start] = [0, 0];
      for (const values of dense) {
        for (let taken = 0; taken < values.length;) {
          while (start + taken >= this.startOf(rank + 1)) rank++;
          const length = Math.min(values.length - taken, this.startOf(rank + 1) - start - taken);
          const place = placeOf(rank, s) + start + taken - this.startOf(rank);
          sent.set(values.subarray(taken, taken + length), place);
          taken += length;
        }
        start += values.length;
      }
    });
    return Array.from({ length: size }, (_, rank) =>
      sent.subarray(placeOf(rank, 0), placeOf(rank, 0) + own.length * this.lengthOf(rank)),
    );
  }
}
