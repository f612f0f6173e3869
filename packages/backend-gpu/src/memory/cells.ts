import type { Engine, Matrix, Value } from '../engine.ts';
import { cut, overwrite, paste, upload, zeros } from '../kernels/move.ts';

/** A place for a matrix. Its value is absent while it is all zeros and nobody has asked. */
export interface Cell {
  readonly rows: number;
  readonly cols: number;
  value?: Value;
}

/** A rectangle of a matrix. */
export interface Region {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly cols: number;
}

export type Place = readonly [row: number, column: number];

/** Work of the stream on matrices: values that are made where they are wanted, moved, and freed when they are replaced. */
export class Cells {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The matrix in a cell, on the device if there is one. */
  async matrixIn(cell: Cell): Promise<Matrix> {
    const { rows, cols, value } = cell;
    const settled = value ?? (await this.#zeros(rows, cols));
    cell.value = settled;
    if (!this.#engine.onDevice || !(settled instanceof Float32Array)) return { rows, cols, value: settled };
    const uploaded = await this.#engine.launch(upload, [rows, cols], [{ rows, cols, value: settled }]);
    cell.value = uploaded;
    return { rows, cols, value: uploaded };
  }

  replace(cell: Cell, value: Value): void {
    this.drop(cell);
    cell.value = value;
  }

  /** Leaves zeros. */
  drop(cell: Cell): void {
    if (cell.value !== undefined) this.#engine.release(cell.value);
    delete cell.value;
  }

  /** The region gets the numbers of `from` from `at` on; the rest of the cell stays as it is. */
  async paste(cell: Cell, region: Region, from: Matrix, at: Place): Promise<void> {
    const before = await this.matrixIn(cell);
    if (before.value instanceof Float32Array && from.value instanceof Float32Array) {
      pasteRows({ ...before, value: before.value }, region, { ...from, value: from.value }, at);
      return;
    }
    const { row, column, rows, cols } = region;
    const args = [before, from, row, column, row + rows, column + cols, ...at];
    this.replace(cell, await this.#engine.launch(paste, [cell.rows, cell.cols], args));
  }

  /** Elements from `start` on become `data`, which is kept. */
  async write(cell: Cell, data: Float32Array<ArrayBuffer>, start: number): Promise<void> {
    const { rows, cols, value } = cell;
    if (data.length === rows * cols) {
      // To the device it goes with the first kernel that reads it.
      this.replace(cell, data);
    } else if (value === undefined || value instanceof Float32Array) {
      const whole = value ?? new Float32Array(rows * cols);
      whole.set(data, start);
      cell.value = whole;
    } else {
      const elements = { rows: 1, cols: data.length, value: data };
      const args = [
        { rows, cols, value },
        elements,
        Math.floor(start / cols),
        start % cols,
        cols,
        data.length,
      ];
      this.replace(cell, await this.#engine.launch(overwrite, [rows, cols], args));
    }
  }

  /** Elements `start … start + length - 1`, a fresh array. */
  async read(cell: Cell, start: number, length: number): Promise<Float32Array<ArrayBuffer>> {
    const { rows, cols, value } = cell;
    if (value === undefined || length === 0) return new Float32Array(length);
    if (value instanceof Float32Array) return value.slice(start, start + length);
    const first = Math.floor(start / cols);
    const count = Math.ceil((start + length) / cols) - first;
    const whole = { rows, cols, value };
    if (count === rows) return (await this.#engine.download(whole)).slice(start, start + length);
    const part = { rows: count, cols, value: await this.#engine.launch(cut, [count, cols], [whole, first]) };
    const data = await this.#engine.download(part);
    this.drop(part);
    return data.slice(start - first * cols, start - first * cols + length);
  }

  async #zeros(rows: number, cols: number): Promise<Value> {
    return this.#engine.onDevice
      ? this.#engine.launch(zeros, [rows, cols], [])
      : new Float32Array(rows * cols);
  }
}

interface HostRows {
  readonly cols: number;
  readonly value: Float32Array;
}

function pasteRows(to: HostRows, { row, column, rows, cols }: Region, from: HostRows, [y, x]: Place): void {
  for (let i = 0; i < rows; i++) {
    const start = (y + i) * from.cols + x;
    to.value.set(from.value.subarray(start, start + cols), (row + i) * to.cols + column);
  }
}
