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

/** Entries in a block: 16 MiB of float32. */
const BLOCK_ENTRIES = 2 ** 22;

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
 * @throws `tensor-train/bad-block` (a block of the wrong length), `tensor-train/not-finite`
 */
export function* unfoldedBlocks({ read, numRows, factors }: BlockedTable): Generator<UnfoldedBlock> {
  const { rowShape, colShape } = factors;
  const [p, q] = [rowShape.at(-1)!, colShape.at(-1)!];
  const outer = { rowShape: rowShape.slice(0, -1), colShape: colShape.slice(0, -1) };
  const rowPlaces = rowOffsets(outer);
  const columnPlaces = columnOffsets(outer);
  const numCols = product(colShape);
  const groups = Math.max(1, Math.floor(BLOCK_ENTRIES / (p * numCols)));
  let a: FloatArray = new Float32Array(0);
  for (let first = 0; first * p < numRows; first += groups) {
    const count = Math.min(groups, Math.ceil(numRows / p) - first);
    const [start, end] = [first * p, Math.min((first + count) * p, numRows)];
    const rows = read(start, end);
    checkBlock(rows, { start, end, numCols });
    const m = count * columnPlaces.length;
    a = storage(a, rows, count * p * numCols);
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

/** Room for `size` numbers of the kind of `rows`: what is at hand, if it fits. */
function storage(atHand: FloatArray, rows: FloatArray, size: number): FloatArray {
  if (rows instanceof Float32Array === atHand instanceof Float32Array && atHand.length >= size) {
    return atHand.subarray(0, size);
  }
  return rows instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
}

/** Rows [groups][i_d][j'][j_d] as [groups][j'][i_d][j_d]; rows missing from the last group are zeros. */
function unfold(rows: FloatArray, out: FloatArray, { start, numRows, p, q, numCols }: RowBlock): void {
  let to = 0;
  for (let first = 0; first < numRows; first += p) {
    const present = Math.min(p, numRows - first);
    for (let column = 0; column < numCols; column += q) {
      for (let digit = 0; digit < present; digit++) {
        const from = (first + digit) * numCols + column;
        for (let j = 0; j < q; j++) {
          const value = rows[from + j]!;
          // The difference is NaN for infinities and NaN alone.
          if (value - value !== 0)
            throwNotFinite(`row ${start + first + digit}, column ${column + j}`, value);
          out[to++] = value;
        }
      }
      out.fill(0, to, to + (p - present) * q);
      to += (p - present) * q;
    }
  }
}

function checkBlock(
  rows: FloatArray,
  { start, end, numCols }: { start: number; end: number; numCols: number },
): void {
  if (rows.length === (end - start) * numCols) return;
  throw error('bad-block', {
    subject: `rows ${start} to ${end - 1}`,
    rule: `must come as ${end - start} x ${numCols} numbers`,
    got: rows.length,
  });
}
