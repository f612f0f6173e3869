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
  /** N, the rows in use, from which the target variance 1/(3N) follows; by default all rows that the shape holds. */
  readonly numRows?: number | undefined;
  /**
   * `sampled-gaussian` is the paper's: a normal distribution with only its tails |x| >= 2 kept (TT-Rec, §3.2).
   * `orthogonal` makes every core a random partial isometry (orthonormal columns, or rows if there are more columns, of
   * its left unfolding [r_k p_k q_k][r_{k+1}]) before scaling; with `rank-aware` scale only.
   */
  readonly distribution: (typeof DISTRIBUTIONS)[number];
  /**
   * `rank-aware` gives rows of mean 0 whose mean square over the whole table is 1/(3N), whatever the ranks.
   * `reference` is the published default: every core times (1/(3N))^(1/(2d)). It ignores that an entry is a sum of
   * r_1 … r_{d-1} products, and the variance of the distribution; for three cores of rank R and `sampled-gaussian` the
   * standard deviation comes out 13.8 R times too large.
   */
  readonly scale: 'rank-aware' | 'reference';
  /** Core k is drawn from its child `core/k`; the stream itself does not move. */
  readonly stream: RandomStream;
}

/**
 * Draws the cores of a table. The target is that of the reference DLRM, uniform on ±1/sqrt(N): mean 0, variance 1/(3N).
 *
 * Rank-aware: an entry is a sum of r_1 … r_{d-1} products of d numbers, so that in expectation its variance is that
 * count times the d-th power of the distribution's second moment (1, or 5.746 for the sampled Gaussian). At small ranks
 * the mean square of a single draw misses its expectation by far more than its many entries suggest (rank 1: each core
 * of 200 numbers is off by 10 %). So the factor of the cores is taken from the draw itself: the mean square over the
 * whole padded table comes out as 1/(3N) exactly. O(sum over k of p_k q_k r_k r_{k+1} (r_k + r_{k+1})).
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
 * Makes the left unfolding of a core orthonormal: its columns, or its rows where there are more columns than rows. Which
 * order its rows come in does not matter, so that the storage order [p_k r_k q_k][r_{k+1}] will do.
 */
function isometry(core: Float64Array, right: number): Float64Array {
  const rows = core.length / right;
  if (rows < right) return transposed(qr(transposed(core, rows, right), right, rows).q, right, rows);
  return qr(core, rows, right).q;
}
