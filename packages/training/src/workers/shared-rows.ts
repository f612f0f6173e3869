import type { Batch, BatchSpan, Dataset, SplitName } from '@ttrec/data';
import type { Communicator } from './communicator.ts';

/** The first rows of a split, in batches that workers take in turn: batch b is read by worker b mod W alone. */
export class SharedRows {
  readonly #rows: number;
  readonly #batchSize: number;
  readonly #communicator: Communicator | undefined;

  /** @param options.rows at most those of the split @param options.batchSize rows of each batch, but for the last */
  constructor(options: {
    readonly rows: number;
    readonly batchSize: number;
    readonly communicator?: Communicator | undefined;
  }) {
    this.#rows = options.rows;
    this.#batchSize = options.batchSize;
    this.#communicator = options.communicator;
  }

  /** The batches of this worker, as many as any other has, and how many rows of each count: 0 of one that is another's or past the end. */
  async *batches(
    dataset: Dataset,
    split: SplitName,
  ): AsyncGenerator<{ readonly batch: Batch; readonly count: number }> {
    if (this.#rows === 0) return;
    const { rank, size } = this.#communicator ?? { rank: 0, size: 1 };
    const round = size * this.#batchSize;
    const first = rank * this.#batchSize;
    const part = (rows: number): BatchSpan =>
      first < rows ? { start: first, end: Math.min(rows, first + this.#batchSize) } : { start: 0, end: 0 };
    let left = this.#rows;
    for await (const batch of dataset.batches({ split, batchSize: round, part })) {
      yield { batch, count: Math.max(0, Math.min(batch.size, left - first)) };
      left -= round;
      if (left <= 0) return;
    }
  }

  /** Numbers of all rows in their order, from those of each worker; none if no worker has any. */
  async together(own: readonly number[]): Promise<Float64Array> {
    const numbers = Float64Array.from(own);
    if (!this.#communicator) return numbers;
    const byWorker = await this.#communicator.allgatherv(numbers);
    const all = new Float64Array(byWorker.reduce((sum, { length }) => sum + length, 0));
    const taken = byWorker.map(() => 0);
    for (let at = 0, b = 0; at < all.length; b++) {
      const worker = b % byWorker.length;
      const start = taken[worker]!;
      const batch = byWorker[worker]!.subarray(start, start + this.#batchSize);
      all.set(batch, at);
      at += batch.length;
      taken[worker] = start + batch.length;
    }
    return all;
  }
}
