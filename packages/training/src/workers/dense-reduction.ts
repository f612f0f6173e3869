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

  constructor(length: number, communicator: Communicator) {
    this.length = length;
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
   * @param own overwritten
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

  /** The sum of all, in the order of the library. @param own overwritten */
  async allreduced(own: readonly SubtreeGradients[]): Promise<Float32Array> {
    if (own.length === 0) this.#whole.fill(0);
    else {
      const starts = own.map(({ start }) => start);
      this.#whole.set(
        addSubtrees(
          own.map(({ dense }) => dense),
          starts,
        ),
      );
    }
    await this.#communicator.allreduce(this.#whole, 'sum');
    return this.#whole;
  }

  /** All parts together. @param parts by rank */
  joined(parts: readonly Float32Array[]): Float32Array {
    parts.forEach((part, rank) => this.#whole.set(part, this.startOf(rank)));
    return this.#whole;
  }

  /** By rank. Those of one subtree lie side by side already. */
  #parts(own: readonly SubtreeGradients[]): Float32Array[] {
    const { size } = this.#communicator;
    const isOne = own.length === 1;
    const sent = isOne ? own[0]!.dense : (this.#sent = grown(this.#sent, this.length * own.length));
    return Array.from({ length: size }, (_, rank) => {
      const [start, length] = [own.length * this.startOf(rank), this.lengthOf(rank)];
      if (!isOne)
        own.forEach(({ dense }, s) =>
          sent.set(dense.subarray(this.startOf(rank), this.startOf(rank + 1)), start + s * length),
        );
      return sent.subarray(start, start + own.length * length);
    });
  }
}
