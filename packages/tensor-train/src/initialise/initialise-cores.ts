import { fillNormal, type RandomStream, product } from '@ttrec/core';
import { innerOfFlat } from '../algebra/inner-product.ts';
import { checkChoice, checkInteger, checkOptions, checkStream, MAX_ROWS } from '../check.ts';
import { qr, transposed } from '../linear-algebra/qr.ts';
import { checkShape, coreLengths, type TTShape } from '../shapes/tt-shape.ts';
import { flattenCores } from '../tt/flat-tt.ts';
import { fillTailNormal } from './tail-normal.ts';

const DISTRIBUTIONS = ['gaussian', 'sampled-gaussian', 'orthogonal'] as const;

export interface InitialiseOptions {
  readonly shape: TTShape;
  /** N, the rows in use: the target variance is 1/(3N). By default all rows that the shape holds. */
  readonly numRows?: number | undefined;
  /**
   * `sampled-gaussian` is that of TT-Rec, §3.2: the tails |x| >= 2 of a normal distribution.
   * `orthogonal` gives the left unfolding [r_k p_k q_k][r_{k+1}] of every core orthonormal columns (or rows, if it has
   * more columns) before scaling; it requires the `rank-aware` scale.
   */
  readonly distribution: (typeof DISTRIBUTIONS)[number];
  /**
   * `rank-aware` gives entries of mean 0 and mean square 1/(3N) over the whole table, whatever the ranks. `reference`
   * is the published default: every core times (1/(3N))^(1/(2d)). It ignores that an entry is a sum of r_1 … r_{d-1}
   * products, and the variance of the distribution: for three cores of rank R and `sampled-gaussian`, the standard
   * deviation is 13.8 R times too large.
   */
  readonly scale: 'rank-aware' | 'reference';
  /** Core k is drawn from the child stream `core/k`. */
  readonly stream: RandomStream;
}

/**
 * Draws the cores of an embedding table with the mean 0 and the variance 1/(3N) of the reference DLRM, which is uniform
 * on ±1/sqrt(N).
 *
 * Rank-aware: the expected variance of an entry is r_1 … r_{d-1} times the d-th power of the second moment of the
 * distribution. At small ranks a single draw misses it by far more than its many entries suggest (by 10 % for each core
 * of 200 numbers at rank 1), so the scale comes from the draw itself: the mean square over the padded table is 1/(3N)
 * exactly. O(sum over k of p_k q_k r_k r_{k+1} (r_k + r_{k+1})).
 *
 * @returns core k flat and row-major, p_k r_k q_k r_{k+1} numbers
 * @throws `tensor-train/bad-num-rows`, `tensor-train/bad-initialisation`, and for the shape `bad-factors`, `bad-ranks`
 */
export function initialiseCores(options: InitialiseOptions): Float32Array[] {
  checkOptions('initialiseCores', options, ['shape', 'numRows', 'distribution', 'scale', 'stream']);
  const { shape, distribution, scale, stream } = options;
  checkShape(shape);
  checkStream('initialiseCores', stream);
  const scales = distribution === 'orthogonal' ? ['rank-aware'] : ['rank-aware', 'reference'];
  checkChoice('bad-initialisation', 'distribution', distribution, DISTRIBUTIONS);
  checkChoice('bad-initialisation', 'scale', scale, scales);
  const paddedRows = product(shape.rowShape);
  const numRows = options.numRows ?? paddedRows;
  checkInteger('bad-num-rows', 'numRows', numRows, 1, Math.min(paddedRows, MAX_ROWS));
  const target = 1 / (3 * numRows);

  const cores = coreLengths(shape).map((length, k) => {
    const core = new Float64Array(length);
    const drawn = stream.child(`core/${k}`);
    if (distribution === 'sampled-gaussian') fillTailNormal(core, drawn);
    else fillNormal(core, drawn);
    return distribution === 'orthogonal' ? isometry(core, shape.ranks[k + 1]!) : core;
  });
  const factor = scaleOf(cores, shape, scale, target);
  return cores.map((core) => Float32Array.from(core, (value) => value * factor));
}

/** The factor of every core. */
function scaleOf(
  cores: readonly Float64Array[],
  shape: TTShape,
  scale: InitialiseOptions['scale'],
  target: number,
): number {
  const root = 1 / (2 * cores.length);
  if (scale === 'reference') return target ** root;
  const entries = product(shape.rowShape) * product(shape.colShape);
  const flat = flattenCores(shape, cores);
  const meanSquare = innerOfFlat(flat, flat) / entries;
  return (target / meanSquare) ** root;
}

/**
 * Makes the columns of the left unfolding of a core orthonormal, or its rows if it has more columns. The order of rows
 * does not matter, so the storage order [p_k r_k q_k][r_{k+1}] serves.
 */
function isometry(core: Float64Array, right: number): Float64Array {
  const rows = core.length / right;
  if (rows < right) return transposed(qr(transposed(core, rows, right), right, rows).q, right, rows);
  return qr(core, rows, right).q;
}
