import type { Section } from '../chunks/chunk.ts';
import { float32Writer, float64Writer, type SectionWriter } from '../chunks/section-writer.ts';
import type { DenseConfig } from '../config/table.ts';
import { clippedBy, denseOverflow, denseTransform, quantileBoundaries } from '../encoding/dense-transform.ts';
import type { CsvDenseEncoding } from '../encoding/encoding.ts';
import { float32In, timeNumberIn, type Cell } from './cell.ts';
import { forTrainingNumbers, sampledNumbers, type ColumnValues, type InputColumn } from './column.ts';
import { denseShape } from './id-tables.ts';

/** A numeric column while its source is read. NaN is an empty cell. */
export class DenseColumn implements InputColumn {
  missing = 0;
  readonly sections = 1;
  readonly #config: DenseConfig;
  readonly #cell: Cell;
  readonly #values: SectionWriter<Float64Array | Float32Array>;
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
    this.#values = isPlain || transform === 'missing' ? float32Writer() : float64Writer();
  }

  get name(): string {
    return this.#encoding.name ?? this.#encoding.column;
  }

  read(row: number): void {
    this.#values.set(row, this.#number());
  }

  readMissing(row: number): void {
    this.#values.set(row, NaN);
  }

  take(rows: number): Section[] {
    return [this.#values.take(rows)];
  }

  #number(): number {
    const { time, transform } = this.#config;
    if (transform === 'missing') return this.#cell.isEmpty ? NaN : 0;
    return time === undefined ? float32In(this.#cell) : timeNumberIn(this.#cell, time);
  }

  async learn(values: ColumnValues): Promise<void> {
    if (this.#isKnown) return;
    const { time, transform, buckets } = this.#config;
    if (time === 'age') {
      let latest = -Infinity;
      await forTrainingNumbers(values, (value) => (latest = Math.max(latest, value)));
      this.#encoding = { ...this.#encoding, latest: latest === -Infinity ? 0 : latest };
    }
    const seen = clippedBy(this.#encoding);
    if (transform === 'standardise') {
      const statistics = await statisticsOf((use) => forTrainingNumbers(values, (value) => use(seen(value))));
      this.#encoding = { ...this.#encoding, statistics };
    }
    if (transform === 'quantile') {
      const boundaries = quantileBoundaries((await sampledNumbers(values)).map(seen), buckets!);
      this.#encoding = { ...this.#encoding, boundaries };
    }
  }

  /**
   * The transformed values of a chunk, in place where they fit.
   * @throws `data/dense-overflow` where standardising by a tiny deviation leaves the range of a float32
   */
  encode([values]: readonly Section[]): Section[] {
    const transform = denseTransform(this.#encoding);
    const isFlag = this.#config.transform === 'missing';
    const out = values instanceof Float32Array ? values : new Float32Array(values!.length);
    for (let row = 0; row < out.length; row++) {
      const value = values![row]!;
      if (Number.isNaN(value) && !isFlag) this.missing++;
      out[row] = transform(value);
      if (!Number.isFinite(out[row])) throw denseOverflow(this.#encoding, value);
    }
    return [out];
  }

  /** Known once learnt. */
  get encoding(): CsvDenseEncoding {
    return this.#encoding;
  }
}

/** Mean and standard deviation, in two passes; a column without spread is only centred. */
async function statisticsOf(each: (use: (value: number) => void) => Promise<void>) {
  let [count, sum, squares] = [0, 0, 0];
  await each((value) => {
    count++;
    sum += value;
  });
  if (count === 0) return { mean: 0, deviation: 1 };
  const mean = sum / count;
  await each((value) => (squares += (value - mean) ** 2));
  return { mean, deviation: Math.sqrt(squares / count) || 1 };
}
