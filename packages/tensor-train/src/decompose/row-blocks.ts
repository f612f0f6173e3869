import { product } from '../check.ts';
import { error } from '../error.ts';
import type { Dense, FloatArray } from '../linear-algebra/matmul.ts';
import type { TTShape } from '../shapes/tt-shape.ts';
import { columnOffsets, rowOffsets } from '../trains/tt-order.ts';
import { throwNotFinite } from './unfold.ts';

/**
 * Reads the rows start … end - 1 of a table, [end - start][D], row-major. Called for consecutive blocks, once a pass;
 * what it returns may be a view that the next call overwrites.
 */
export type RowReader = (start: number, end: number) => FloatArray;

/** Entries in a block: 4 MiB of float32, which caches hold while the block is worked on. */
const BLOCK_ENTRIES = 2 ** 20;

/** Some rows of the last unfolding, [i_1 j_1 … i_{d-1} j_{d-1}][i_d j_d]; overwritten by the next block. */
export interface UnfoldedBlock extends Dense {
  /** Where each of the rows belongs in the unfolding, [m]. */
  readonly places: Float64Array;
}

export interface BlockedTable {
  readonly read: RowReader;
  readonly numRows: number;
  readonly factors: Pick<TTShape, 'rowShape' | 'colShape'>;
}

/**
 * One pass over a table, as blocks of its last unfolding. All p_d rows that share their other digits lie together in the
 * table, so that blocks of whole groups of p_d rows are blocks of whole rows of the unfolding.
 *
 * @throws `tensor-train/bad-block` (a block of the wrong length, or of another precision than the first),
 *   `tensor-train/not-finite`
 */
export function* unfoldedBlocks({ read, numRows, factors }: BlockedTable): Generator<UnfoldedBlock> {
  const { rowShape, colShape } = factors;
  const [p, q] = [rowShape.at(-1)!, colShape.at(-1)!];
  const outer = { rowShape: rowShape.slice(0, -1), colShape: colShape.slice(0, -1) };
  const rowPlaces = rowOffsets(outer);
  const columnPlaces = columnOffsets(outer);
  const numCols = product(colShape);
  const groups = Math.max(1, Math.floor(BLOCK_ENTRIES / (p * numCols)));
  let storage: FloatArray | undefined;
  for (let first = 0; first * p < numRows; first += groups) {
    const count = Math.min(groups, Math.ceil(numRows / p) - first);
    const [start, end] = [first * p, Math.min((first + count) * p, numRows)];
    const rows = read(start, end);
    checkBlock(rows, { start, end, numCols }, storage);
    const m = count * columnPlaces.length;
    // The first block is the largest.
    storage ??= storageLike(rows, count * p * numCols);
    const a = storage.subarray(0, count * p * numCols);
    unfold(rows, a, { start, numRows: end - start, p, q, numCols });
    const places = Float64Array.from({ length: m }, (_, at) => {
      const group = Math.floor(at / columnPlaces.length);
      return rowPlaces[first + group]! + columnPlaces[at % columnPlaces.length]!;
    });
    yield { a, m, n: p * q, places };
  }
}

interface RowBlock {
  readonly start: number;
  readonly numRows: number;
  readonly p: number;
  readonly q: number;
  readonly numCols: number;
}

/** Zeros of the precision of `values`. */
export function storageLike(values: FloatArray, length: number): FloatArray {
  return values instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}

/** Rows [groups][i_d][j'][j_d] as [groups][j'][i_d][j_d]; rows missing from the last group are zeros. */
function unfold(rows: FloatArray, out: FloatArray, block: RowBlock): void {
  const { numRows, p, q, numCols } = block;
  const step = p * q;
  if (numRows % p !== 0) out.fill(0, (numRows - (numRows % p)) * numCols);
  for (let row = 0, from = 0; row < numRows; row++, from += numCols) {
    const digit = row % p;
    const start = (row - digit) * numCols + digit * q;
    for (let j = 0; j < q; j++) {
      // The difference is NaN for infinities and NaN alone.
      let defect = 0;
      for (let at = from + j, to = start + j; at < from + numCols; at += q, to += step) {
        const value = rows[at]!;
        defect += value - value;
        out[to] = value;
      }
      if (defect !== 0) refuseRow(rows, from, row, block);
    }
  }
}

/** Names the first entry of a row that is not finite. */
function refuseRow(rows: FloatArray, from: number, row: number, { start, numCols }: RowBlock): void {
  const column = rows.subarray(from, from + numCols).findIndex((value) => !Number.isFinite(value));
  throwNotFinite(`row ${start + row}, column ${column}`, rows[from + column]!);
}

function checkBlock(
  rows: FloatArray,
  { start, end, numCols }: { readonly start: number; readonly end: number; readonly numCols: number },
  before: FloatArray | undefined,
): void {
  const subject = `rows ${start} to ${end - 1}`;
  if (rows.length !== (end - start) * numCols) {
    const rule = `must come as ${end - start} x ${numCols} numbers`;
    throw error('bad-block', { subject, rule, got: rows.length });
  }
  if (before === undefined || before instanceof Float32Array === rows instanceof Float32Array) return;
  const rule = 'must come in the precision of the first block';
  throw error('bad-block', { subject, rule, got: rows.constructor.name });
}
