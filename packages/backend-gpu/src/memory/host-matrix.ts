/** Rows of numbers that the host prepared, positions mostly: what a kernel reads besides buffers. */
export class HostMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly value: Float32Array<ArrayBuffer>;

  /** Rows of equal length. Where they are empty there is one column, which no kernel reads: gpu.js wants one. */
  constructor(...rows: readonly ArrayLike<number>[]) {
    this.rows = rows.length;
    this.cols = Math.max(1, rows[0]!.length);
    this.value = new Float32Array(this.rows * this.cols);
    rows.forEach((row, y) => this.value.set(row, y * this.cols));
  }
}
