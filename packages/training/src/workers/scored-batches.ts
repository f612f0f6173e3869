import type { Communicator } from './communicator.ts';

/** Scores of batches that workers compute in turn: batch b by worker b mod W. */
export class ScoredBatches {
  readonly #communicator: Communicator | undefined;
  readonly #counts: number[] = [];
  readonly #own: Float64Array[] = [];

  constructor(communicator: Communicator | undefined) {
    this.#communicator = communicator;
  }

  /** The next batch, of which `count` rows count. All workers add all batches. */
  async add(count: number, score: () => Promise<Float64Array>): Promise<void> {
    const { rank, size } = this.#communicator ?? { rank: 0, size: 1 };
    if (this.#counts.length % size === rank) this.#own.push((await score()).subarray(0, count));
    this.#counts.push(count);
  }

  /** The scores of all batches, in their order, on all workers. */
  async logits(): Promise<Float64Array> {
    const own = new Float64Array(this.#own.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const scores of this.#own) {
      own.set(scores, at);
      at += scores.length;
    }
    if (!this.#communicator) return own;
    const byWorker = await this.#communicator.allgatherv(own);
    const all = new Float64Array(this.#counts.reduce((sum, count) => sum + count, 0));
    const taken = byWorker.map(() => 0);
    at = 0;
    this.#counts.forEach((count, b) => {
      const worker = b % byWorker.length;
      const start = taken[worker]!;
      all.set(byWorker[worker]!.subarray(start, start + count), at);
      taken[worker] = start + count;
      at += count;
    });
    return all;
  }
}
