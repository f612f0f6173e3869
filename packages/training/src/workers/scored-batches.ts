import type { Batch } from '@ttrec/data';
import type { Dlrm } from '@ttrec/dlrm';
import type { Communicator } from './communicator.ts';
import { RowExchange } from './row-exchange.ts';

/** Scores of batches that workers compute in turn: batch b by worker b mod W. */
export class ScoredBatches {
  readonly #model: Dlrm;
  readonly #communicator: Communicator | undefined;
  readonly #rows: RowExchange | undefined;
  readonly #counts: number[] = [];
  readonly #own: Float64Array[] = [];
  /** That of this worker, until all have one. */
  #next: { readonly batch: Batch; readonly count: number } | undefined;

  constructor(model: Dlrm, communicator: Communicator | undefined) {
    this.#model = model;
    this.#communicator = communicator;
    this.#rows = RowExchange.for(model, communicator);
  }

  /** The next batch, of which `count` rows count. All workers add all batches; none is overwritten before the next ones were added. */
  async add(batch: Batch, count: number): Promise<void> {
    const { rank, size } = this.#communicator ?? { rank: 0, size: 1 };
    const turn = this.#counts.length % size;
    this.#counts.push(count);
    if (turn === rank) this.#next = { batch, count };
    if (this.#rows ? turn === size - 1 : turn === rank) await this.#score();
  }

  async #score(): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    await this.#rows?.fetch(next?.batch.features);
    if (next === undefined) return;
    const logits = await this.#model.predict(next.batch, { output: 'logits' });
    this.#own.push(logits.subarray(0, next.count));
  }

  /** The scores of all batches, in their order, on all workers. */
  async logits(): Promise<Float64Array> {
    const { size } = this.#communicator ?? { size: 1 };
    if (this.#rows && this.#counts.length % size > 0) await this.#score();
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
