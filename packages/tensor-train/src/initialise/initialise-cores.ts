import { fillNormal, type RandomStream } from '@ttrec/random';
import { checkInteger, MAX_ROWS, product } from '../check.ts';
import { error } from '../error.ts';
import { squaredNorm } from '../algebra/norm.ts';
import { trainOf } from '../trains/train.ts';
import { ttMatrixOf } from '../trains/tt-matrix.ts';
import { fillTailNormal, TAIL_SECOND_MOMENT } from './tail-normal.ts';
import { checkShape, coreLengths, type TTShape } from '../shapes/tt-shape.ts';

export interface InitialiseOptions {
  readonly shape: TTShape;
  /** N, the rows in use, from which the target variance 1/(3N) follows; by default all rows that the shape holds. */
  readonly numRows?: number;
  /** `sampled-gaussian` is the paper's: a normal distribution with only its tails |x| >= 2 kept (TT-Rec, §3.2). */
  readonly distribution: 'gaussian' | 'sampled-gaussian';
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
 * Rank-aware: one factor for all cores gives every entry that variance in expectation. At small ranks the mean square
 * of a single draw still misses it by far more than its many entries suggest (rank 1: each core of 200 numbers is off
 * by 10 %), so the drawn cores are then multiplied by one common factor that makes the mean square over the whole
 * padded table exactly 1/(3N). O(sum over k of p_k q_k r_k r_{k+1} (r_k + r_{k+1})).
 *
 * @returns core k flat and row-major, p_k r_k q_k r_{k+1} numbers
 * @throws `tensor-train/bad-num-rows`, `tensor-train/bad-initialisation`, and for the shape `bad-factors`, `bad-ranks`
 */
export function initialiseCores(options: InitialiseOptions): Float32Array[] {
  const { shape, distribution, scale, stream } = options;
  checkShape(shape);
  checkChoice('distribution', distribution, ['gaussian', 'sampled-gaussian']);
  checkChoice('scale', scale, ['rank-aware', 'reference']);
  const paddedRows = product(shape.rowShape);
  const numRows = options.numRows ?? paddedRows;
  checkInteger('bad-num-rows', 'numRows', numRows, 1, Math.min(paddedRows, MAX_ROWS));
  const target = 1 / (3 * numRows);

  const fill = distribution === 'gaussian' ? fillNormal : fillTailNormal;
  const cores = coreLengths(shape).map((length, k) => {
    const core = new Float64Array(length);
    fill(core, stream.child(`core/${k}`));
    return core;
  });
  const d = cores.length;
  if (scale === 'reference') return cores.map((core) => scaled(core, target ** (1 / (2 * d))));

  const moment = distribution === 'gaussian' ? 1 : TAIL_SECOND_MOMENT;
  const analytical = (target / product(shape.ranks)) ** (1 / (2 * d)) / Math.sqrt(moment);
  const entries = paddedRows * product(shape.colShape);
  const meanSquare = (squaredNorm(trainOf(ttMatrixOf(shape, cores))) / entries) * analytical ** (2 * d);
  const calibration = (target / meanSquare) ** (1 / (2 * d));
  return cores.map((core) => scaled(core, analytical * calibration));
}

function scaled(core: Float64Array, factor: number): Float32Array {
  return Float32Array.from(core, (value) => value * factor);
}

function checkChoice(subject: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw error('bad-initialisation', { subject, rule: `must be ${choices.join(' or ')}`, got: value });
}
