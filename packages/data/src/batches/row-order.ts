import { permutation, RandomStream } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { splitNames, type BatchOptions, type BatchSpan } from '../dataset.ts';

/**
 * The order in which one epoch visits the rows 0 … rows - 1 of a split: windows in order, each permuted by itself.
 *
 * A window's permutation is a pure function of seed, epoch and the window's number, so any place of the order is
 * reached without walking there: O(window) memory, O(1) amortised a row.
 */
export class RowOrder {
  readonly rows: number;
  readonly #window: number;
  readonly #name: string | undefined;
  readonly #seed: number;
  #current = -1;
  #permutation: Uint32Array = new Uint32Array(0);

  /** Without `shuffle` the order is 0, 1, 2 … */
  constructor(parts: { rows: number; window: number; seed: number; epoch: number; shuffle: boolean }) {
    this.rows = parts.rows;
    this.#window = parts.window;
    this.#seed = parts.seed;
    this.#name = parts.shuffle ? `data/shuffle/epoch/${parts.epoch}` : undefined;
  }

  /** The row at a place of the order. */
  rowAt(place: number): number {
    if (this.#name === undefined) return place;
    const window = Math.floor(place / this.#window);
    const start = window * this.#window;
    if (window !== this.#current) {
      const length = Math.min(this.#window, this.rows - start);
      this.#permutation = permutation(length, new RandomStream(this.#seed, `${this.#name}/window/${window}`));
      this.#current = window;
    }
    return start + this.#permutation[place - start]!;
  }

  /** The rows that a part of the batch at a place of the order has. */
  partAt(place: number, batchSize: number, part: (rows: number) => BatchSpan): Uint32Array {
    const { start, end } = part(Math.min(batchSize, this.rows - place));
    return this.slice(place + start, end - start);
  }

  /** Up to `count` rows from a place of the order on. */
  slice(place: number, count: number): Uint32Array {
    const rows = new Uint32Array(Math.min(count, this.rows - place));
    for (let i = 0; i < rows.length; i++) rows[i] = this.rowAt(place + i);
    return rows;
  }
}

export type CheckedBatchOptions = {
  readonly [Name in keyof BatchOptions]-?: NonNullable<BatchOptions[Name]>;
};

/** @throws `data/bad-batch-options`, `data/unknown-option`, `data/bad-option` */
export function checkBatchOptions(options: BatchOptions): CheckedBatchOptions {
  checkOptions(error, 'batches', options, {
    split: { required: splitNames },
    batchSize: 'any',
    epoch: 'any',
    skipBatches: 'any',
    shuffle: 'boolean',
    part: 'any',
  });
  const {
    split,
    batchSize,
    epoch = 0,
    skipBatches = 0,
    shuffle = split === 'train',
    part = allRows,
  } = options;
  atLeast('batchSize', batchSize, 1);
  atLeast('epoch', epoch, 0);
  atLeast('skipBatches', skipBatches, 0);
  return { split, batchSize, epoch, skipBatches, shuffle, part };
}

const allRows = (rows: number): BatchSpan => ({ start: 0, end: rows });

function atLeast(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw error('bad-batch-options', {
    subject: name,
    rule: `must be an integer of at least ${least}`,
    got: value,
  });
}
