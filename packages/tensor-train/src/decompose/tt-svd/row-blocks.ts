import { product } from '@ttrec/core';
import { error } from '../../error.ts';
import type { FloatArray } from '../../float-array.ts';
import type { Dense, SwapAxes } from '../../linear-algebra/matmul.ts';
import { exponentOf, largestOf, raise } from '../../linear-algebra/powers-of-two.ts';
import type { Factors } from '../../shapes/tt-shape.ts';
import { toPieces } from '../../tt/copy-pieces.ts';
import { columnOffsets, rowOffsets } from '../../tt/tt-order.ts';
import { throwNotFinite } from '../unfold.ts';

/**
 * Returns the rows start … end - 1 of a table, [end - start][D], row-major. Every row is read once per pass: in order,
 * unless the last core is longer than all others together. The array may be a view that the next call overwrites.
 */
export type RowReader = (start: number, end: number) => FloatArray;

/** Entries of a block: 4 MiB of float32, which caches hold. */
const BLOCK_ENTRIES = 2 ** 20;

/** Rows or columns of the last unfolding X [i_1 j_1 … i_{d-1} j_{d-1}][i_d j_d]; overwritten by the next block. */
export interface Block extends Dense {
  /** The entries are divided by 2^exponent, which is near the largest entry read so far. */
  readonly exponent: number;
  /** The place in X of each row of a block of rows, [m], or of each column of a block of columns, [n]. */
  readonly places: Float64Array;
}

export interface BlockedTable {
  readonly read: RowReader;
  readonly numRows: number;
  readonly factors: Factors;
  readonly swapAxes?: SwapAxes | undefined;
  /** The factor of each row, at most 1. */
  readonly rowScale?: ((row: number) => number) | undefined;
}

/** The sides of the last unfolding, [i_1 j_1 … i_{d-1} j_{d-1}][i_d j_d]. */
export function lastUnfolding({ factors: { rowShape, colShape } }: BlockedTable): { m: number; n: number } {
  const n = rowShape.at(-1)! * colShape.at(-1)!;
  return { m: (product(rowShape) * product(colShape)) / n, n };
}

/**
 * One pass over a table, as blocks of rows of its last unfolding. The p_d rows that share their other digits are
 * neighbours in the table: groups of p_d rows are whole rows of the unfolding.
 *
 * @param exponent that of the largest entry, if an earlier pass has found it
 * @throws `tensor-train/bad-block` (a block of the wrong length, or of another precision than the first),
 *   `tensor-train/not-finite`
 */
export function* blocksOfRows(table: BlockedTable, exponent = -Infinity): Generator<Block> {
  const { p, q, numCols, rowPlaces, columnPlaces } = placesOf(table);
  const groups = Math.max(1, Math.floor(BLOCK_ENTRIES / (p * numCols)));
  const offsets = columnPlaces.map((_, column) => column * p * q);
  const reader = new BlockReader(table, exponent);
  for (let first = 0; first * p < table.numRows; first += groups) {
    const count = Math.min(groups, Math.ceil(table.numRows / p) - first);
    const start = first * p;
    const rows = reader.read(start, Math.min(start + count * p, table.numRows));
    const a = reader.storage(count * p * numCols, rows.length);
    const put = reader.putting(rows, a, { start, offsets });
    const done = reader.putWhole(rows, a);
    for (let row = done; row * numCols < rows.length; row += p) put(row, p, row * numCols);
    const places = new Float64Array(count * columnPlaces.length);
    places.forEach((_, at) => {
      const group = Math.floor(at / columnPlaces.length);
      places[at] = rowPlaces[first + group]! + columnPlaces[at % columnPlaces.length]!;
    });
    yield { a, m: places.length, n: p * q, exponent: reader.exponent, places };
  }
}

/**
 * One pass over a table, as blocks of columns of its last unfolding: the rows of a range of the last digit, for all
 * values of the other digits. Throws the same errors as `blocksOfRows`.
 */
export function* blocksOfColumns(table: BlockedTable, exponent = -Infinity): Generator<Block> {
  const { p, q, rowPlaces, columnPlaces } = placesOf(table);
  const { m } = lastUnfolding(table);
  const digits = Math.max(1, Math.floor(BLOCK_ENTRIES / (m * q)));
  const reader = new BlockReader(table, exponent);
  for (let first = 0; first < Math.min(p, table.numRows); first += digits) {
    const count = Math.min(digits, p - first);
    const n = count * q;
    const offsets = columnPlaces.map((place) => place * n);
    let a: FloatArray | undefined;
    for (let group = 0; group * p + first < table.numRows; group++) {
      const start = group * p + first;
      const before = reader.exponent;
      const rows = reader.read(start, Math.min(start + count, table.numRows));
      if (a === undefined) a = reader.storage(m * n, 0);
      else raise(a, before, reader.exponent);
      reader.putting(rows, a, { start, offsets })(0, count, rowPlaces[group]! * n);
    }
    const places = Float64Array.from({ length: n }, (_, at) => first * q + at);
    yield { a: a!, m, n, exponent: reader.exponent, places };
  }
}

/** The places of rows and columns of a table in its last unfolding, by the digits before the last. */
function placesOf({ factors: { rowShape, colShape } }: BlockedTable) {
  const outer = { rowShape: rowShape.slice(0, -1), colShape: colShape.slice(0, -1) };
  return {
    p: rowShape.at(-1)!,
    q: colShape.at(-1)!,
    numCols: product(colShape),
    rowPlaces: rowOffsets(outer),
    columnPlaces: Float64Array.from(columnOffsets(outer)),
  };
}

/** Reads rows, checks them, and puts them in their places, divided by 2^exponent. */
class BlockReader {
  exponent: number;
  readonly #table: BlockedTable;
  /** An earlier pass has seen all entries. */
  readonly #isKnown: boolean;
  #storage: FloatArray | undefined;

  constructor(table: BlockedTable, exponent: number) {
    this.#table = table;
    this.exponent = exponent;
    this.#isKnown = exponent !== -Infinity;
  }

  read(start: number, end: number): FloatArray {
    const rows = this.#table.read(start, end);
    const numCols = product(this.#table.factors.colShape);
    checkBlock(rows, { start, end, numCols }, this.#storage);
    this.#storage ??= storageLike(rows, 0);
    if (this.#isKnown) return rows;
    const largest = largestOf(rows);
    if (Number.isNaN(largest)) {
      const at = rows.findIndex((value) => !Number.isFinite(value));
      throwNotFinite(`row ${start + Math.floor(at / numCols)}, column ${at % numCols}`, rows[at]!);
    }
    this.exponent = Math.max(this.exponent, exponentOf(largest));
    return rows;
  }

  /** Numbers in the precision of the rows, in the same storage every time; zeros unless all of them are to be `filled`. */
  storage(length: number, filled: number): FloatArray {
    if (this.#storage!.length < length) this.#storage = storageLike(this.#storage!, length);
    const storage = this.#storage!.subarray(0, length);
    return filled === length ? storage : storage.fill(0);
  }

  /** Copies all rows of whole groups at once where the matmul brings a way to; how many rows that were. */
  putWhole(rows: FloatArray, out: FloatArray): number {
    const { factors, rowScale, swapAxes } = this.#table;
    const isAsIs = this.exponent === 0 && rowScale === undefined;
    if (!swapAxes || !isAsIs || !(rows instanceof Float32Array) || !(out instanceof Float32Array)) return 0;
    const [p, length] = [factors.rowShape.at(-1)!, factors.colShape.at(-1)!];
    const pieces = product(factors.colShape) / length;
    const blocks = Math.floor(rows.length / (p * pieces * length));
    swapAxes({ from: rows, to: out, blocks, rows: p, pieces, length });
    return blocks * p;
  }

  /**
   * Copies up to `count` rows from `row` on, [j'][j_d] each: piece j' of them, q_d numbers a row, goes to `to + offsets[j']`.
   */
  putting(rows: FloatArray, out: FloatArray, { start, offsets }: Placement): Put {
    const { factors, rowScale } = this.#table;
    const q = factors.colShape.at(-1)!;
    const width = q * offsets.length;
    const most = (row: number, count: number) => Math.min(count, rows.length / width - row);
    const power = Number.isFinite(this.exponent) ? -this.exponent : 0;
    if (power === 0 && rowScale === undefined) {
      const copy = toPieces(rows, out, { offsets, q });
      return (row, count, to) => copy(row * width, most(row, count), to);
    }
    // In two steps, as one factor may exceed float64.
    const half = 2 ** Math.trunc(power / 2);
    const rest = 2 ** (power - Math.trunc(power / 2));
    return (first, count, to) => {
      for (let row = first, from = first * width; row < first + most(first, count); row++) {
        const factor = rowScale === undefined ? rest : rest * rowScale(start + row);
        for (let piece = 0; piece < offsets.length; piece++) {
          let place = to + (row - first) * q + offsets[piece]!;
          for (const end = from + q; from < end; from++, place++) out[place] = rows[from]! * half * factor;
        }
      }
    };
  }
}

interface Placement {
  /** The number in the table of the first of the rows. */
  readonly start: number;
  readonly offsets: Float64Array;
}

type Put = (row: number, count: number, to: number) => void;

/** Zeros of the precision of `values`. */
export function storageLike(values: FloatArray, length: number): FloatArray {
  return values instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}

function checkBlock(
  rows: FloatArray,
  { start, end, numCols }: { readonly start: number; readonly end: number; readonly numCols: number },
  before: FloatArray | undefined,
): void {
  const subject = `rows ${start} to ${end - 1}`;
  if (!(rows instanceof Float32Array || rows instanceof Float64Array)) {
    const rule = 'must be a Float32Array or a Float64Array';
    throw error('bad-block', { subject, rule, got: rows });
  }
  if (rows.length !== (end - start) * numCols) {
    const rule = `must be ${end - start} x ${numCols} numbers`;
    throw error('bad-block', { subject, rule, got: rows.length });
  }
  if (before === undefined || before instanceof Float32Array === rows instanceof Float32Array) return;
  const rule = 'must have the precision of the first block';
  throw error('bad-block', { subject, rule, got: rows.constructor.name });
}
