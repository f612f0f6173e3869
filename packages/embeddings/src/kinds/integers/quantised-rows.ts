import { noneNegative, type HostTensor } from '../../state/host-tensor.ts';
import { codeBytes, codeOf, stepOf, type Grid } from './quantise.ts';

/** A matrix on the host, each row integers and the step between them. */
export class QuantisedRows {
  readonly cols: number;
  readonly #rows: number;
  readonly #grid: Grid;
  /** Bytes of a row of integers. */
  readonly #width: number;
  readonly #codes: Int8Array;
  readonly #steps: Float32Array;

  constructor(grid: Grid, rows: number, cols: number) {
    this.cols = cols;
    this.#rows = rows;
    this.#grid = grid;
    this.#width = codeBytes(grid, cols);
    this.#codes = new Int8Array(rows * this.#width);
    this.#steps = new Float32Array(rows);
  }

  /** Bytes that such a matrix takes, held and saved: the integers, and a float32 step a row. */
  static bytes(grid: Grid, rows: number, cols: number): number {
    return rows * (codeBytes(grid, cols) + 4);
  }

  /** Overwrites the rows from `start` on with the nearest that the grid has to `values` [rows, cols]. */
  set(start: number, values: Float32Array): void {
    for (let i = 0; i * this.cols < values.length; i++) {
      const row = values.subarray(i * this.cols, (i + 1) * this.cols);
      const step = stepOf(row, this.#grid);
      this.#steps[start + i] = step;
      this.#encode(row, step, (start + i) * this.#width);
    }
  }

  /** Reads the rows `rows` [U] into `out` [U, cols]: integer times step, rounded to float32. */
  get(rows: Uint32Array, out: Float32Array): void {
    const codes = this.#codes;
    for (let u = 0, at = 0; u < rows.length; u++) {
      const step = this.#steps[rows[u]!]!;
      const from = rows[u]! * this.#width;
      if (this.#grid.bits === 8) {
        for (let j = 0; j < this.cols; j++) out[at++] = codes[from + j]! * step;
        continue;
      }
      // A half moves to the top of the word, and comes down again with its sign.
      for (let j = 0; j < this.cols; j++)
        out[at++] = ((codes[from + (j >> 1)]! << (28 - 4 * (j & 1))) >> 28) * step;
    }
  }

  /** Every row, [rows, cols]. */
  all(): Float32Array {
    const out = new Float32Array(this.#rows * this.cols);
    this.get(
      Uint32Array.from({ length: this.#rows }, (_, row) => row),
      out,
    );
    return out;
  }

  /** The integers under `name`: I8 [rows, …rowShape], or in 4 bits U8 [rows, bytes of a row]; and F32 steps [rows]. */
  tensors(name: string, rowShape: readonly number[]): HostTensor[] {
    const rows = this.#rows;
    const codes: HostTensor =
      this.#grid.bits === 8
        ? { name, role: 'model', dtype: 'I8', shape: [rows, ...rowShape], data: this.#codes }
        : {
            name,
            role: 'model',
            dtype: 'U8',
            shape: [rows, this.#width],
            data: new Uint8Array(this.#codes.buffer),
          };
    const steps: HostTensor = {
      name: `${name}.scale`,
      role: 'model',
      dtype: 'F32',
      shape: [rows],
      data: this.#steps,
      check: noneNegative,
    };
    return [codes, steps];
  }

  #encode(row: Float32Array, step: number, at: number): void {
    const codes = this.#codes;
    if (this.#grid.bits === 8) {
      for (let j = 0; j < row.length; j++) codes[at + j] = codeOf(row[j]!, step, this.#grid);
      return;
    }
    codes.fill(0, at, at + this.#width);
    for (let j = 0; j < row.length; j++)
      codes[at + (j >> 1)]! |= (codeOf(row[j]!, step, this.#grid) & 15) << (4 * (j & 1));
  }
}
