import type { fillUniform, RandomStream } from '@ttrec/core';
import { error } from '../../error.ts';
import { indexOfNonFinite } from '../../rows/finite.ts';
import type { RowSource } from '../../rows/row-source.ts';
import { noneNegative, type HostTensor } from '../../state/host-tensor.ts';
import type { TableContext } from '../../table/embedding-table.ts';
import { fittingOf } from '../../table/training-parts.ts';
import { levelsOf, type IntegerBits, type Levels } from './levels.ts';
import { PackedCodes } from './packed-codes.ts';
import { uniform, type RoundingKeys } from './rounding.ts';

export interface IntegerMatrixSize {
  readonly bits: IntegerBits;
  readonly rows: number;
  readonly cols: number;
  /** Whether all rows share one step, which the learning rate decides, or each has its own, which grows with its numbers. */
  readonly per: 'matrix' | 'row';
}

/** Numbers drawn at a time. */
const CHUNK = 1 << 16;
/** A shared step is raised by this factor at least, so that a warm-up rescales a matrix some dozens of times, not at every step. */
const LEAST_RAISE = 1.25;

/** A matrix on the host in integers of few bits, whose rows are overwritten by stochastic rounding. */
export class IntegerMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly #levels: Levels;
  readonly #codes: PackedCodes;
  readonly #per: IntegerMatrixSize['per'];
  /** [rows], or [1] for all. */
  readonly #steps: Float32Array;
  readonly #row: Int8Array;
  /** The step of codes as drawn, and the rows that a state has overwritten. */
  #drawnStep = 0;
  #loadedRows = 0;

  constructor({ bits, rows, cols, per }: IntegerMatrixSize) {
    this.rows = rows;
    this.cols = cols;
    this.#levels = levelsOf(bits);
    this.#codes = new PackedCodes(bits, rows * cols);
    this.#per = per;
    this.#steps = new Float32Array(per === 'row' ? rows : 1);
    this.#row = new Int8Array(cols);
  }

  /** Of codes and steps, held and saved. */
  static bytes({ bits, rows, cols, per }: IntegerMatrixSize): number {
    return PackedCodes.bytes(bits, rows * cols) + 4 * (per === 'row' ? rows : 1);
  }

  /** Draws codes at random, with the step that gives them this variance. @param fill draws numbers */
  draw(stream: RandomStream, variance: number, fill: typeof fillUniform): void {
    const { lowest, highest, variance: inSteps } = this.#levels;
    this.#drawnStep = Math.fround(Math.sqrt(variance / inSteps));
    this.#steps.fill(this.#drawnStep);
    const total = this.rows * this.cols;
    const values = new Float64Array(Math.min(CHUNK, total));
    for (let start = 0; start < total; start += values.length) {
      const part = values.subarray(0, Math.min(values.length, total - start));
      fill(part, stream, lowest, highest + 1);
      this.#codes.write(start, Int8Array.from(part, Math.floor));
    }
  }

  /** Reads the rows `rows` [U] into `out` [U, cols], rounded to float32. */
  get(rows: Uint32Array, out: Float32Array): void {
    const { offset } = this.#levels;
    for (let u = 0, at = 0; u < rows.length; u++) {
      const step = this.#steps[this.#placeOfStep(rows[u]!)]!;
      this.#codes.read(rows[u]! * this.cols, this.#row);
      for (let j = 0; j < this.cols; j++) out[at++] = (this.#row[j]! + offset) * step;
    }
  }

  /** Every row, [rows, cols]. */
  all(): Float32Array {
    const out = new Float32Array(this.rows * this.cols);
    this.get(
      Uint32Array.from({ length: this.rows }, (_, row) => row),
      out,
    );
    return out;
  }

  /**
   * Overwrites rows by `values` [U, cols]: each number becomes one of the two levels next to it, and is kept in the mean.
   *
   * @throws `embeddings/not-finite`, with nothing overwritten: no level stands for such a number
   */
  round(rows: Uint32Array, values: Float32Array, keys: RoundingKeys): void {
    const place = indexOfNonFinite(values);
    if (place >= 0) throw notFinite(rows[Math.floor(place / this.cols)]!, place % this.cols, values[place]!);
    rows.forEach((row, u) => {
      const own = values.subarray(u * this.cols, (u + 1) * this.cols);
      if (this.#per === 'row') this.#steps[row] = Math.max(this.#steps[row]!, this.#stepFor(own));
      this.#encode(row, own, keys.row(row));
    });
  }

  /** Raises the step that all rows share so that it reaches `range`. O(rows · cols) where it does. */
  raise(range: number, keys: RoundingKeys): void {
    const step = Math.fround(range / this.#levels.largest);
    if (this.#per === 'matrix' && step >= LEAST_RAISE * this.#steps[0]!)
      this.#rescale(0, this.#steps[0]!, step, keys);
  }

  /** Overwrites every row by the nearest levels. */
  async fit(source: RowSource, training: TableContext['training']): Promise<void> {
    const { rangeOf, rowBlocks } = await fittingOf(training);
    if (this.#per === 'matrix') {
      const { largest, deviations } = this.#levels;
      this.#steps[0] = (await rangeOf(source, deviations)) / largest;
    }
    for await (const { start, values } of rowBlocks(source)) this.set(start, values);
  }

  /** Overwrites the rows from `start` on by the nearest levels; steps of rows become those of their largest numbers. */
  set(start: number, values: Float32Array): void {
    for (let u = 0; u * this.cols < values.length; u++) {
      const own = values.subarray(u * this.cols, (u + 1) * this.cols);
      if (this.#per === 'row') this.#steps[start + u] = this.#stepFor(own);
      this.#encode(start + u, own);
    }
  }

  /** Codes under `name`, I8 of `shape` or U8 [bytes], and F32 steps [rows] or [1] under `NAME.scale`. */
  tensors(name: string, shape: readonly number[]): HostTensor[] {
    const codes = this.#codes.tensor(name, shape, (count) => {
      this.#loadedRows = Math.floor(count / this.cols);
    });
    const scale: HostTensor = {
      name: `${name}.scale`,
      role: 'model',
      dtype: 'F32',
      shape: [this.#steps.length],
      data: this.#steps,
      check: noneNegative,
    };
    return [codes, scale];
  }

  /** After a load: rows past those of a smaller table keep what they were drawn with, under the step that was loaded. */
  stateLoaded(keys: RoundingKeys): void {
    const first = this.#loadedRows;
    this.#loadedRows = 0;
    if (this.#per === 'matrix' && first > 0 && first < this.rows)
      this.#rescale(first, this.#drawnStep, this.#steps[0]!, keys);
  }

  #placeOfStep(row: number): number {
    return this.#per === 'row' ? row : 0;
  }

  /** The least step that reaches the largest magnitude of a row. */
  #stepFor(row: Float32Array): number {
    let magnitude = 0;
    for (const value of row) magnitude = Math.max(magnitude, Math.abs(value));
    return Math.fround(magnitude / this.#levels.largest);
  }

  /** To the nearest levels without a key. */
  #encode(row: number, values: Float32Array, key?: number): void {
    const { lowest, highest, offset } = this.#levels;
    const step = this.#steps[this.#placeOfStep(row)]!;
    for (let j = 0; j < values.length; j++) {
      const place = step === 0 ? 0 : values[j]! / step - offset;
      const code = Math.floor(place + (key === undefined ? 0.5 : uniform(key, j)));
      this.#row[j] = Math.max(lowest, Math.min(highest, code));
    }
    this.#codes.write(row * this.cols, this.#row);
  }

  /** Writes the rows from `first` on, whose step was `from`, under the shared step `to`. */
  #rescale(first: number, from: number, to: number, keys: RoundingKeys): void {
    const { offset } = this.#levels;
    this.#steps[0] = to;
    const values = new Float32Array(this.cols);
    for (let row = first; row < this.rows; row++) {
      this.#codes.read(row * this.cols, this.#row);
      for (let j = 0; j < this.cols; j++) values[j] = (this.#row[j]! + offset) * from;
      this.#encode(row, values, keys.row(row));
    }
  }
}

function notFinite(row: number, column: number, got: number): Error {
  return error('not-finite', {
    subject: `table of integers, row ${row}, column ${column}`,
    rule: 'must be finite after a step',
    got,
    hint: 'The weights have diverged: lower the learning rate, and go on from an earlier checkpoint.',
  });
}
