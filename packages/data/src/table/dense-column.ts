import { Growable } from '../cells/growable.ts';
import type { DenseConfig } from '../config/table.ts';
import { clippedBy, denseOverflow, denseTransform, quantileBoundaries } from '../encoding/dense-transform.ts';
import type { CsvDenseEncoding, Statistics } from '../encoding/encoding.ts';
import { float32In, timeNumberIn, type Cell } from './cell.ts';
import { denseShape } from './id-tables.ts';

/** A numeric column while its source is read. NaN is an empty cell. */
export class DenseColumn {
  missing = 0;
  readonly #config: DenseConfig;
  readonly #cell: Cell;
  readonly #values: Growable<Float64Array | Float32Array>;
  #encoding: CsvDenseEncoding;
  /** Whether statistics are given, and not to be learnt. */
  readonly #isKnown: boolean;

  /** `given` is an encoding whose statistics are used instead of those of this source. */
  constructor(config: DenseConfig, cell: Cell, given: CsvDenseEncoding | undefined) {
    this.#config = config;
    this.#cell = cell;
    this.#encoding = given ?? denseShape(config);
    this.#isKnown = given !== undefined;
    const { transform, clip, time } = config;
    // What stays as it is needs no more than the 32 bits that it will have.
    const isPlain = transform === 'none' && clip === undefined && time === undefined;
    this.#values = new Growable((length) => (isPlain ? new Float32Array(length) : new Float64Array(length)));
  }

  get name(): string {
    return this.#encoding.name ?? this.#encoding.column;
  }

  /** Takes the cell of the loaded record as row `row`. @throws CellFault */
  read(row: number): void {
    this.#values.set(row, this.#number());
  }

  /** Takes the row as one without a value. */
  readMissing(row: number): void {
    this.#values.set(row, NaN);
  }

  #number(): number {
    const { time, transform } = this.#config;
    if (transform === 'missing') return this.#cell.isEmpty ? NaN : 0;
    return time === undefined ? float32In(this.#cell) : timeNumberIn(this.#cell, time);
  }

  /**
   * The transformed column [rows], with statistics of the rows for which `isTrain` is true. O(rows), O(rows · log rows) for quantiles.
   * @throws `data/dense-overflow` where standardising by a tiny deviation leaves the range of a float32
   */
  finish(rows: number, isTrain: (row: number) => boolean): Float32Array {
    const values = this.#values.take(rows);
    if (!this.#isKnown) this.#learn(values, isTrain);
    const transform = denseTransform(this.#encoding);
    const isFlag = this.#config.transform === 'missing';
    const out = values instanceof Float32Array ? values : new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const value = values[row]!;
      if (Number.isNaN(value) && !isFlag) this.missing++;
      out[row] = transform(value);
      if (!Number.isFinite(out[row])) throw denseOverflow(this.#encoding, value);
    }
    return out;
  }

  #learn(values: Float64Array | Float32Array, isTrain: (row: number) => boolean): void {
    const { time, transform, buckets } = this.#config;
    const learns = time === 'age' || transform === 'standardise' || transform === 'quantile';
    if (!learns) return;
    const known = Float64Array.from(values).filter((value, row) => isTrain(row) && !Number.isNaN(value));
    if (time === 'age') {
      const latest = known.reduce((most, value) => Math.max(most, value), -Infinity);
      this.#encoding = { ...this.#encoding, latest: known.length > 0 ? latest : 0 };
    }
    const seen = known.map(clippedBy(this.#encoding));
    if (transform === 'standardise') this.#encoding = { ...this.#encoding, statistics: statisticsOf(seen) };
    if (transform !== 'quantile') return;
    this.#encoding = { ...this.#encoding, boundaries: quantileBoundaries(seen, buckets!) };
  }

  /** Known once finished. */
  get encoding(): CsvDenseEncoding {
    return this.#encoding;
  }
}

/** Mean and standard deviation, in two passes; a column without spread is only centred. */
function statisticsOf(values: Float64Array): Statistics {
  if (values.length === 0) return { mean: 0, deviation: 1 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}
