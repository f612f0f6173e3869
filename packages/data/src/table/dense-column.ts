import type { DenseConfig } from '../config/table.ts';
import type { CsvDenseEncoding, Statistics } from '../encoding/encoding.ts';
import { denseOverflow, denseTransform } from '../encoding/dense-transform.ts';
import { Growable } from '../cells/growable.ts';
import { float32In, type Cell } from './cell.ts';

/** A numeric column while its file is read. NaN is an empty cell. */
export class DenseColumn {
  readonly name: string;
  missing = 0;
  readonly #config: DenseConfig;
  #statistics: Statistics | undefined;
  readonly #cell: Cell;
  readonly #values = new Growable((length) => new Float64Array(length));

  /** `given` are statistics to use instead of those of this file. */
  constructor(config: DenseConfig, cell: Cell, given: Statistics | undefined) {
    this.name = config.column;
    this.#config = config;
    this.#cell = cell;
    this.#statistics = given;
  }

  /** Takes the cell of the loaded record as row `row`. @throws CellFault */
  read(row: number): void {
    this.#values.set(row, float32In(this.#cell));
  }

  /**
   * The transformed column [rows], with statistics of the rows for which `isTrain` is true. O(rows).
   * @throws `data/dense-overflow` where standardising by a tiny deviation leaves the range of a float32
   */
  finish(rows: number, isTrain: (row: number) => boolean): Float32Array {
    const values = this.#values.take(rows);
    if (this.#config.transform === 'standardise') {
      this.#statistics ??= statisticsOf(values.filter((value, row) => isTrain(row) && !Number.isNaN(value)));
    }
    const transform = denseTransform(this.encoding);
    const out = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const value = values[row]!;
      if (Number.isNaN(value)) this.missing++;
      out[row] = transform(value);
      if (!Number.isFinite(out[row])) throw denseOverflow(this.encoding, value);
    }
    return out;
  }

  /** Known once finished. */
  get encoding(): CsvDenseEncoding {
    const { column, transform, missing } = this.#config;
    return { column, transform, missing, statistics: this.#statistics };
  }
}

/** Mean and standard deviation, in two passes; a column without spread is only centred. */
function statisticsOf(values: Float64Array): Statistics {
  if (values.length === 0) return { mean: 0, deviation: 1 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}
