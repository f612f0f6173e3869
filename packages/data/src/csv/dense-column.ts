import type { CsvDense } from '../config/csv.ts';
import type { CsvDenseEncoding, Statistics } from '../encoding/encoding.ts';
import { FLOAT32_RULE, fitsFloat32 } from '../float32.ts';
import { error } from '../error.ts';
import { CellFault, numberIn } from './cell-fault.ts';
import { Growable } from './growable.ts';
import type { Cell } from './record-view.ts';

/** A numeric column while its file is read; NaN stands for an empty cell. */
export class DenseColumn {
  readonly name: string;
  missing = 0;
  readonly #config: CsvDense;
  #statistics: Statistics | undefined;
  readonly #cell: Cell;
  readonly #values = new Growable((length) => new Float64Array(length));

  /** `given` are the statistics of other rows, which then stand in for those of this file. */
  constructor(config: CsvDense, cell: Cell, given: Statistics | undefined) {
    this.name = config.column;
    this.#config = config;
    this.#cell = cell;
    this.#statistics = given;
  }

  /** Takes the cell of the loaded record as row `row`. @throws CellFault */
  read(row: number): void {
    const cell = this.#cell();
    const value = numberIn(cell, this.name);
    if (!Number.isNaN(value) && !fitsFloat32(value)) throw new CellFault(this.name, FLOAT32_RULE, cell);
    this.#values.set(row, value);
  }

  /**
   * The transformed column [rows]. `isTrain` tells which rows the statistics are taken over. O(rows).
   * @throws `data/dense-overflow` where standardising by a tiny deviation leaves the range of a float32
   */
  finish(rows: number, isTrain: (row: number) => boolean): Float32Array {
    const values = this.#values.take(rows);
    const transform = this.#transformOf(values, isTrain);
    const out = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const value = values[row]!;
      if (Number.isNaN(value)) this.missing++;
      out[row] = Number.isNaN(value) ? this.#config.missing : transform(value);
      if (!Number.isFinite(out[row])) throw this.#overflow(value);
    }
    return out;
  }

  /** Known once finished. */
  get encoding(): CsvDenseEncoding {
    const { column, transform, missing } = this.#config;
    return { column, transform, missing, statistics: this.#statistics };
  }

  #overflow(value: number) {
    const { mean, deviation } = this.#statistics!;
    return error('dense-overflow', {
      subject: `dense column ${this.name}, standardised by mean ${mean} and deviation ${deviation}`,
      rule: FLOAT32_RULE,
      got: value,
      hint: 'Mend that value, or take another transform.',
    });
  }

  #transformOf(values: Float64Array, isTrain: (row: number) => boolean): (value: number) => number {
    switch (this.#config.transform) {
      case 'none':
        return (value) => value;
      case 'log1p':
        return (value) => Math.log1p(Math.max(value, 0));
      case 'standardise': {
        this.#statistics ??= statisticsOf(
          values.filter((value, row) => isTrain(row) && !Number.isNaN(value)),
        );
        const { mean, deviation } = this.#statistics;
        return (value) => (value - mean) / deviation;
      }
    }
  }
}

/** Mean and standard deviation, in two passes; a column without spread is only centred. */
function statisticsOf(values: Float64Array): Statistics {
  if (values.length === 0) return { mean: 0, deviation: 1 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}
