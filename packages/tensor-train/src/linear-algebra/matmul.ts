import { counted } from '@ttrec/core';
import { checkInteger, checkNumbers, checkRecord } from '../check.ts';
import { error } from '../error.ts';
import type { FloatArray } from '../float-array.ts';

/** A matrix [m][n], row-major. */
export interface Dense {
  readonly a: FloatArray;
  readonly m: number;
  readonly n: number;
}

/**
 * The operands and the result of a product. If `a` and `b` are the same array and one of them is transposed, the
 * product is symmetric: computing one half is enough.
 */
export interface MatmulArgs {
  /** A, [m][k] row-major, or [k][m] with `transposeA`. */
  readonly a: FloatArray;
  /** B, [k][n] row-major, or [n][k] with `transposeB`. */
  readonly b: FloatArray;
  /** A B, [m][n] row-major; overwritten. It must not share memory with A and B. */
  readonly out: FloatArray;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** A dense matrix product. */
export interface Matmul {
  (args: MatmulArgs): void;
  /** Copies arrays of float32 numbers faster than JavaScript does. */
  readonly swapAxes?: SwapAxes | undefined;
}

/** [blocks][rows][pieces][length] as [blocks][pieces][rows][length]. */
export type SwapAxes = (args: {
  readonly from: Float32Array;
  readonly to: Float32Array;
  readonly blocks: number;
  readonly rows: number;
  readonly pieces: number;
  readonly length: number;
}) => void;

/** The option of functions that multiply. */
export interface MatmulOption {
  /** The matrix product to use, plain TypeScript by default. */
  readonly matmul?: Matmul | undefined;
}

/** Edge of the register tile. */
const TILE = 4;
/** Rows of A and terms of the sum in one packed block: 256 KiB, about a second-level cache. */
const BLOCK_ROWS = 128;
const BLOCK_SUM = 256;

/**
 * The matrix product in plain TypeScript. Blocks of A and panels of B are packed into float64, and 4 x 4 tiles of the
 * result are summed in registers; `out` rounds once every 256 terms. Of a symmetric product, only the tiles on and
 * above the diagonal are computed. O(m n k).
 *
 * @throws `tensor-train/bad-matmul`, `tensor-train/bad-matrix`
 *
 * The blocking is that of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", TOMS 34, 2008.
 */
export function matmul(args: MatmulArgs): void {
  checkMatmul(args);
  const { a, b, out, m, n, k, transposeA = false, transposeB = false } = args;
  const symmetric = a === b && transposeA !== transposeB && m === n;
  if (k === 0) out.fill(0, 0, m * n);
  const depth = Math.min(BLOCK_SUM, k);
  const block = new Float64Array(roundUp(Math.min(BLOCK_ROWS, m)) * depth);
  const panel = new Float64Array(TILE * depth);
  const sums = new Float64Array(TILE * TILE);
  for (let l = 0; l < k; l += BLOCK_SUM) {
    const length = Math.min(BLOCK_SUM, k - l);
    for (let i = 0; i < m; i += BLOCK_ROWS) {
      const rows = Math.min(BLOCK_ROWS, m - i);
      for (let r = 0; r < rows; r += TILE)
        packA(args, i + r, l, block.subarray(r * length, (r + TILE) * length));
      for (let j = symmetric ? i : 0; j < n; j += TILE) {
        packB(args, l, j, panel.subarray(0, TILE * length));
        const end = symmetric ? Math.min(rows, j - i + TILE) : rows;
        for (let r = 0; r < end; r += TILE) {
          multiplyTile(block, r * length, panel, length, sums);
          storeTile(args, i + r, j, sums, l > 0);
        }
      }
    }
  }
  if (symmetric) for (let i = 1; i < n; i++) for (let j = 0; j < i; j++) out[i * n + j] = out[j * n + i]!;
}

function checkMatmul(args: MatmulArgs): void {
  const { a, b, out, m, n, k } = checkRecord('bad-matmul', 'matmul: arguments', args);
  for (const [name, value] of Object.entries({ m, n, k })) checkInteger('bad-matmul', name, value, 0);
  for (const [name, values, length] of [
    ['a', a, m * k],
    ['b', b, k * n],
    ['out', out, m * n],
  ] as const) {
    checkNumbers(name, values);
    if (values.length >= length) continue;
    throw error('bad-matmul', {
      subject: name,
      rule: `must hold ${counted(length, 'number')}`,
      got: values.length,
    });
  }
}

function roundUp(length: number): number {
  return Math.ceil(length / TILE) * TILE;
}

/** Packs rows i … i + 3 of A, columns from l on, as [length][4]; rows past the end are zeros. */
function packA({ a, m, k, transposeA }: MatmulArgs, i: number, l: number, packed: Float64Array): void {
  const rowStride = transposeA ? 1 : k;
  const sumStride = transposeA ? m : 1;
  packStrip(a, i * rowStride + l * sumStride, { rowStride, sumStride, rows: Math.min(TILE, m - i) }, packed);
}

/** Packs columns j … j + 3 of B, rows from l on, as [length][4]; columns past the end are zeros. */
function packB({ b, n, k, transposeB }: MatmulArgs, l: number, j: number, packed: Float64Array): void {
  const rowStride = transposeB ? k : 1;
  const sumStride = transposeB ? 1 : n;
  packStrip(b, j * rowStride + l * sumStride, { rowStride, sumStride, rows: Math.min(TILE, n - j) }, packed);
}

interface Strip {
  readonly rowStride: number;
  readonly sumStride: number;
  readonly rows: number;
}

function packStrip(
  source: FloatArray,
  start: number,
  { rowStride, sumStride, rows }: Strip,
  packed: Float64Array,
): void {
  if (rows < TILE) packed.fill(0);
  for (let r = 0; r < rows; r++) {
    let at = start + r * rowStride;
    for (let to = r; to < packed.length; to += TILE, at += sumStride) packed[to] = source[at]!;
  }
}

/** sums[4][4] = the product of two packed strips of the same length. */
// prettier-ignore
function multiplyTile(block: Float64Array, at: number, panel: Float64Array, length: number, sums: Float64Array): void {
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0;
  let s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0;
  let s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  for (let l = 0, p = at; l < TILE * length; l += TILE, p += TILE) {
    const a0 = block[p]!, a1 = block[p + 1]!, a2 = block[p + 2]!, a3 = block[p + 3]!;
    const b0 = panel[l]!, b1 = panel[l + 1]!, b2 = panel[l + 2]!, b3 = panel[l + 3]!;
    s00 += a0 * b0; s01 += a0 * b1; s02 += a0 * b2; s03 += a0 * b3;
    s10 += a1 * b0; s11 += a1 * b1; s12 += a1 * b2; s13 += a1 * b3;
    s20 += a2 * b0; s21 += a2 * b1; s22 += a2 * b2; s23 += a2 * b3;
    s30 += a3 * b0; s31 += a3 * b1; s32 += a3 * b2; s33 += a3 * b3;
  }
  sums[0] = s00; sums[1] = s01; sums[2] = s02; sums[3] = s03;
  sums[4] = s10; sums[5] = s11; sums[6] = s12; sums[7] = s13;
  sums[8] = s20; sums[9] = s21; sums[10] = s22; sums[11] = s23;
  sums[12] = s30; sums[13] = s31; sums[14] = s32; sums[15] = s33;
}

function storeTile({ out, m, n }: MatmulArgs, i: number, j: number, sums: Float64Array, add: boolean): void {
  const rows = Math.min(TILE, m - i);
  const columns = Math.min(TILE, n - j);
  for (let r = 0; r < rows; r++) {
    const to = (i + r) * n + j;
    for (let c = 0; c < columns; c++) out[to + c] = (add ? out[to + c]! : 0) + sums[r * TILE + c]!;
  }
}
