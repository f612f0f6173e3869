import type { Engine, Matrix, Value } from '../engine.ts';
import { cut, overwrite, paste, upload, zeros } from '../kernels/move.ts';

/** A place for a matrix. Its value is absent while it is all zeros and has not been read. */
export interface DeviceMatrix {
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
export class DeviceMatrices {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The values of a matrix, on the device if there is one. */
  async matrixIn(matrix: DeviceMatrix): Promise<Matrix> {
    const { rows, cols, value } = matrix;
    const settled = value ?? (await this.#zeros(rows, cols));
    matrix.value = settled;
    if (!this.#engine.onDevice || !(settled instanceof Float32Array)) return { rows, cols, value: settled };
    const uploaded = await this.#engine.launch(upload, [rows, cols], [{ rows, cols, value: settled }]);
    matrix.value = uploaded;
    return { rows, cols, value: uploaded };
  }

  replace(matrix: DeviceMatrix, value: Value): void {
    this.drop(matrix);
    matrix.value = value;
  }

  /** Leaves zeros. */
  drop(matrix: DeviceMatrix): void {
    if (matrix.value !== undefined) this.#engine.release(matrix.value);
    delete matrix.value;
  }

  /** The region gets the numbers of `from` from `at` on; the rest stays as it is. */
  async paste(matrix: DeviceMatrix, region: Region, from: Matrix, at: Place): Promise<void> {
    const before = await this.matrixIn(matrix);
    if (before.value instanceof Float32Array && from.value instanceof Float32Array) {
      pasteRows({ ...before, value: before.value }, region, { ...from, value: from.value }, at);
      return;
    }
    const { row, column, rows, cols } = region;
    const args = [before, from, row, column, row + rows, column + cols, ...at];
    this.replace(matrix, await this.#engine.launch(paste, [matrix.rows, matrix.cols], args));
  }

  /** Elements from `start` on become `data`, which is kept. */
  async write(matrix: DeviceMatrix, data: Float32Array<ArrayBuffer>, start: number): Promise<void> {
    const { rows, cols, value } = matrix;
    if (data.length === rows * cols) {
      // To the device it goes with the first kernel that reads it.
      this.replace(matrix, data);
    } else if (value === undefined || value instanceof Float32Array) {
      const whole = value ?? new Float32Array(rows * cols);
      whole.set(data, start);
      matrix.value = whole;
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
      this.replace(matrix, await this.#engine.launch(overwrite, [rows, cols], args));
    }
  }

  /** Elements `start … start + length - 1`, a fresh array. */
  async read(matrix: DeviceMatrix, start: number, length: number): Promise<Float32Array<ArrayBuffer>> {
    const { rows, cols, value } = matrix;
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
