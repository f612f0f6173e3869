import { checkBatchOptions, RowOrder } from '../batches/row-order.ts';
import { CHUNK_ROWS, type Chunk } from '../chunks/chunk.ts';
import type { BatchOptions, SplitName, UnnamedBatch } from '../dataset.ts';
import { OWN, type NegativeSampler } from '../negatives/negative-sampler.ts';
import { gatherRows, type PickedRows } from './gather-rows.ts';
import type { RowLayout } from './row-layout.ts';
import type { SplitReader } from './row-readers.ts';

/** Where the columns of drawn items are. */
export interface DrawnItems {
  readonly sampler: NegativeSampler;
  /** A chunk with a row for each item, of which the columns of the item count. */
  readonly chunk: Chunk;
  /** By dense column and by feature, whether it is a column of the item. */
  readonly dense: readonly boolean[];
  readonly features: readonly boolean[];
}

/** The encoded rows of a table, in memory or on disk: the same batches, bit for bit, if `window` is the same. */
export class TableRows {
  readonly rows: Readonly<Record<SplitName, number>>;
  readonly #readerOf: (split: SplitName) => SplitReader;
  readonly #layout: RowLayout;
  readonly #drawn: DrawnItems | undefined;
  readonly #order: { readonly seed: number; readonly window: number };

  /** @param parts.rows of each split, those that are drawn left out */
  constructor(parts: {
    readonly rows: Readonly<Record<SplitName, number>>;
    readonly readerOf: (split: SplitName) => SplitReader;
    readonly layout: RowLayout;
    readonly drawn: DrawnItems | undefined;
    readonly order: { readonly seed: number; readonly window: number };
  }) {
    const { drawn } = parts;
    const rows = (name: SplitName) => drawn?.sampler.rows(name) ?? parts.rows[name];
    this.rows = { train: rows('train'), validation: rows('validation'), test: rows('test') };
    this.#readerOf = parts.readerOf;
    this.#layout = parts.layout;
    this.#drawn = drawn;
    this.#order = parts.order;
  }

  /** Skipping costs nothing. */
  async *batches(options: BatchOptions): AsyncGenerator<UnnamedBatch> {
    const { split, batchSize, epoch, skipBatches, shuffle, part } = checkBatchOptions(options);
    const { seed } = this.#order;
    const most = shuffle ? this.rows[split] : CHUNK_ROWS;
    const window = Math.min(this.#order.window, Math.max(1, most));
    const order = new RowOrder({ rows: this.rows[split], window, seed, epoch, shuffle });
    const reader = this.#readerOf(split);
    const sampler = this.#drawn?.sampler;
    const period = 1 + (sampler?.ratio ?? 0);
    /** The row of the split behind those of the first `windows` windows. */
    const endOf = (windows: number) => Math.ceil(Math.min(order.rows, windows * window) / period);
    for (let place = skipBatches * batchSize; place < order.rows; place += batchSize) {
      const first = Math.floor(place / window);
      const last = Math.floor((Math.min(place + batchSize, order.rows) - 1) / window) + 1;
      await reader.load(Math.floor((first * window) / period), endOf(last), endOf(last + 1));
      const places = order.partAt(place, batchSize, part);
      const draws = sampler?.draw(split, places, epoch);
      yield this.#gather(reader.pick(draws?.rows ?? places), draws?.items);
    }
  }

  #gather(own: PickedRows, items: Uint32Array | undefined): UnnamedBatch {
    const drawn = this.#drawn;
    if (drawn === undefined || items === undefined) return gatherRows(this.#layout, own, () => own);
    const ofItem = {
      chunks: own.chunks.map((chunk, b) => (items[b] === OWN ? chunk : drawn.chunk)),
      at: own.at.map((at, b) => (items[b] === OWN ? at : items[b]!)),
    };
    const batch = gatherRows(this.#layout, own, (column) =>
      ('dense' in column ? drawn.dense[column.dense] : drawn.features[column.feature]) ? ofItem : own,
    );
    return { ...batch, labels: batch.labels.map((label, b) => (items[b] === OWN ? label : 0)) };
  }
}
