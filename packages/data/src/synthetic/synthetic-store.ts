import type { UnnamedBatch, FeatureBatch, SplitName } from '../dataset.ts';
import { singleIdOffsets, type RowStore } from '../batches/stored-batches.ts';
import type { RowStream } from './row-stream.ts';
import { sigmoid, type Truth } from './truth.ts';

/** The rows of a synthetic stream, made when they are asked for. Training rows come first, then validation, then test. */
export class SyntheticStore implements RowStore {
  readonly rows: Readonly<Record<SplitName, number>>;
  readonly #stream: RowStream;
  readonly #truth: Truth;
  readonly #singleId: boolean;

  constructor(rows: Readonly<Record<SplitName, number>>, stream: RowStream, truth: Truth, singleId: boolean) {
    this.rows = rows;
    this.#stream = stream;
    this.#truth = truth;
    this.#singleId = singleId;
  }

  gather(split: SplitName, rows: Uint32Array): UnnamedBatch {
    const stream = this.#stream;
    const size = rows.length;
    const first = this.#firstRow(split);
    const labels = new Float32Array(size);
    const trueLogits = new Float64Array(size);
    const dense = new Float32Array(size * stream.dense.length);
    const bags = new BagWriter(stream, size, this.#singleId);
    for (let b = 0; b < size; b++) {
      stream.seek(first + rows[b]!);
      const logit = this.#truth.logit(stream);
      trueLogits[b] = logit;
      labels[b] = stream.uniform < sigmoid(logit) ? 1 : 0;
      dense.set(stream.dense, b * stream.dense.length);
      bags.write(b);
    }
    return { size, labels, dense, features: bags.take(), trueLogits };
  }

  #firstRow(split: SplitName): number {
    const { train, validation } = this.rows;
    return split === 'train' ? 0 : split === 'validation' ? train : train + validation;
  }
}

/** Copies the bags of one row after another into arrays as long as the longest bags would need. */
class BagWriter {
  readonly #stream: RowStream;
  readonly #indices: readonly Uint32Array[];
  readonly #offsets: readonly Uint32Array[];

  constructor(stream: RowStream, size: number, singleId: boolean) {
    this.#stream = stream;
    this.#indices = stream.ids.map((ids) => new Uint32Array(size * ids.length));
    const shared = singleId ? singleIdOffsets(size) : undefined;
    this.#offsets = stream.ids.map(() => shared ?? new Uint32Array(size + 1));
  }

  write(b: number): void {
    const { ids, lengths } = this.#stream;
    for (let f = 0; f < ids.length; f++) {
      const indices = this.#indices[f]!;
      const offsets = this.#offsets[f]!;
      const start = offsets[b]!;
      const length = lengths[f]!;
      for (let i = 0; i < length; i++) indices[start + i] = ids[f]![i]!;
      offsets[b + 1] = start + length;
    }
  }

  take(): FeatureBatch[] {
    return this.#indices.map((indices, f) => {
      const offsets = this.#offsets[f]!;
      const length = offsets[offsets.length - 1]!;
      return { indices: length === indices.length ? indices : indices.slice(0, length), offsets };
    });
  }
}
