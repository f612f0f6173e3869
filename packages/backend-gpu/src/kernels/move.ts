import type { KernelSource } from './kernel-source.ts';

export const zeros: KernelSource = { name: 'zeros', parameters: {}, body: 'return 0;' };

export const constant: KernelSource = {
  name: 'constant',
  parameters: { value: 'float' },
  body: 'return value;',
};

/** A matrix of the host, on the device. */
export const upload: KernelSource = {
  name: 'upload',
  parameters: { host: 'matrix' },
  body: 'return host[this.thread.y][this.thread.x];',
};

/** The rows from `row` on. */
export const cut: KernelSource = {
  name: 'cut',
  parameters: { from: 'matrix', row: 'integer' },
  body: 'return from[row + this.thread.y][this.thread.x];',
};

/** `before`, with the rows from `row` up to `endRow` and columns from `column` up to `endColumn` taken out of `from`. */
export const paste: KernelSource = {
  name: 'paste',
  parameters: {
    before: 'matrix',
    from: 'matrix',
    row: 'integer',
    column: 'integer',
    endRow: 'integer',
    endColumn: 'integer',
    fromRow: 'integer',
    fromColumn: 'integer',
  },
  body: `
    const y = this.thread.y;
    const x = this.thread.x;
    if (y >= row && y < endRow && x >= column && x < endColumn) {
      return from[fromRow + y - row][fromColumn + x - column];
    }
    return before[y][x];`,
};

/** `before`, with `length` elements of the host from (row, column) on, in row-major order. */
export const overwrite: KernelSource = {
  name: 'overwrite',
  parameters: {
    before: 'matrix',
    host: 'matrix',
    row: 'integer',
    column: 'integer',
    cols: 'integer',
    length: 'integer',
  },
  body: `
    const y = this.thread.y;
    const x = this.thread.x;
    const i = (y - row) * cols + x - column;
    if (i >= 0 && i < length) return host[0][i];
    return before[y][x];`,
};
