import type { RandomStream } from '@ttrec/core';
import { checkChoice, checkFunction, checkInteger, checkOptions, MAX_ROWS } from '../../check.ts';
import { error } from '../../error.ts';
import type { FloatArray } from '../../float-array.ts';
import { type Matmul, matmul as plainMatmul } from '../../linear-algebra/matmul.ts';
import { transposed } from '../../linear-algebra/qr.ts';
import type { Factors } from '../../shapes/tt-shape.ts';
import { combinedModes, type FlatTT } from '../../tt/flat-tt.ts';
import type { TTMatrix } from '../../tt/tt-matrix.ts';
import { matrixOf } from '../../tt/unflatten.ts';
import { checkedWeights, rowScale, scalesOf, unscaled } from './digit-scales.ts';
import { rankRule } from '../rank-rule.ts';
import type { RowReader } from './row-blocks.ts';
import { projectThroughGram, projectThroughSketch, type Sketch } from './streamed-basis.ts';
import { sweepRightToLeft } from './sweep.ts';
import { type Truncation, TruncationPlan, type TruncationReport, TRUNCATION_OPTIONS } from '../truncation.ts';
import { type Decomposition, type FactorOptions, factorsFor, FACTOR_OPTIONS } from './tt-svd.ts';

export interface StreamedOptions extends Truncation, FactorOptions {
  /** N. */
  readonly numRows: number;
  /** D. */
  readonly numCols: number;
  /**
   * `gram` (default) sums the Gram matrix of the shorter side s of the last unfolding, p_d q_d or N D / p_d q_d:
   * O(N D s + s^3). `sketch` multiplies the unfolding by random directions instead: O(N D (r + 8)), near the best on
   * decaying spectra, for unfoldings whose sides are both large.
   */
  readonly method?: 'gram' | 'sketch' | undefined;
  /** Draws random directions through child streams; required by `sketch`. */
  readonly stream?: RandomStream | undefined;
  /** Random directions beyond the rank (`sketch`), 8 by default. */
  readonly oversampling?: number | undefined;
  /** Power iterations (`sketch`), each one more pass over the rows, 0 by default. */
  readonly powerIterations?: number | undefined;
  readonly matmul?: Matmul | undefined;
  /**
   * The weight of each row, [N]. Rows are scaled as by `ttSvdWeighted`, without its refinement; the reported error is
   * that of the scaled rows.
   */
  readonly weights?: FloatArray | undefined;
}

const STREAMED_OPTIONS = [
  ...TRUNCATION_OPTIONS,
  ...FACTOR_OPTIONS,
  'numRows',
  'numCols',
  'method',
  'stream',
  'oversampling',
  'powerIterations',
  'matmul',
  'weights',
] as const;

/**
 * TT-SVD of a table that is read in blocks of rows and never in memory as a whole. The first pass finds the dominant
 * right singular vectors of the last unfolding, the second projects the rows onto them, and the projection, which is
 * smaller by r / p_d q_d, is decomposed in memory. The result is that of `ttSvd` with `sweep: 'right-to-left'`.
 *
 * The eigenproblem has the shorter side s of that unfolding. If that is not p_d q_d, rows are read in the order of
 * their last digit. A Gram matrix takes the rows as they are; a table whose squares sum to less than 2^-60 or more than
 * 2^100, or that holds a number that is not finite, is read once more and scaled.
 *
 * Memory: s^2 and (N D / p_d q_d) r numbers, the latter in the precision of the rows, and blocks of a million numbers.
 * O(N D s) operations for the Gram matrix, O(s^3) for its eigenvectors, O(N D r) for the projection, and
 * O(N D r p_{d-1} q_{d-1} / p_d q_d) for the decomposition in memory.
 *
 * Oseledets 2011, algorithm 1, from the other end.
 *
 * @throws the same errors as `ttSvd`; `tensor-train/bad-block` (the reader returned a wrong number of rows, or another
 *   precision), `tensor-train/one-core`, `tensor-train/sketch-too-small` (the directions cannot meet the error),
 *   `tensor-train/bad-weights`
 */
export function ttSvdStreamed(
  read: RowReader,
  options: StreamedOptions,
): Decomposition<TTMatrix<Float64Array>> {
  checkFunction('read', read);
  checkOptions('ttSvdStreamed', options, STREAMED_OPTIONS);
  const { flat, factors, report } = streamed(read, options);
  return { tt: matrixOf(flat, factors.rowShape, factors.colShape), ...report };
}

/** `ttSvdStreamed`, with the scale of the table and a further power of two left in the exponent. */
export function streamed(read: RowReader, options: StreamedOptions, furtherExponent = 0): Streamed {
  const { numRows, numCols, method = 'gram', weights } = options;
  const matmul: Matmul = options.matmul ?? plainMatmul;
  checkInteger('bad-num-rows', 'numRows', numRows, 1, MAX_ROWS);
  checkInteger('bad-num-cols', 'numCols', numCols, 1, MAX_ROWS);
  checkChoice('bad-method', 'method', method, ['gram', 'sketch']);
  const factors = factorsFor([numRows, numCols], options);
  const rule = rankRule(factors, options);
  const modes = combinedModes(factors);
  const last = modes.length - 1;
  if (last === 0) {
    throw error('one-core', {
      subject: 'cores',
      rule: 'must be at least 2 for a table to be compressed',
      got: 1,
    });
  }
  const digitScales = weights && scalesOf(checkedWeights(weights, numRows).values, factors.rowShape);
  const rowScaleOf = digitScales && ((row: number) => rowScale(row, factors.rowShape, digitScales));
  const problem = {
    table: { read, numRows, factors, swapAxes: matmul.swapAxes, rowScale: rowScaleOf },
    matmul,
    planFor: (norm: number) => new TruncationPlan(rule, modes, norm),
  };
  const { vectors, projected, rank, plan, ...found } =
    method === 'gram' ? projectThroughGram(problem) : projectThroughSketch(problem, sketchOf(options));
  const exponent = (found.exponent === -Infinity ? 0 : found.exponent) + furtherExponent;

  const rest = {
    a: projected,
    exponent,
    modes: modes.slice(0, -1),
    plan,
    factorisation: { kind: 'gram' },
    matmul,
  } as const;
  const head = sweepRightToLeft(rest, rank);
  const cores = [...head.cores, transposed(vectors, modes[last]!, rank)];
  const flat = { modes, ranks: [...head.ranks, 1], cores, exponent };
  const report = plan.report(exponent);
  return {
    flat: digitScales === undefined ? flat : unscaled(flat, factors.colShape, digitScales),
    factors,
    report,
  };
}

interface Streamed {
  readonly flat: FlatTT;
  readonly factors: Factors;
  readonly report: TruncationReport;
}

function sketchOf({ stream, oversampling = 8, powerIterations = 0 }: StreamedOptions): Sketch {
  if (stream === undefined) {
    throw error('no-stream', {
      subject: 'stream',
      rule: 'must be given for the method sketch',
      got: undefined,
    });
  }
  checkInteger('bad-method', 'oversampling', oversampling, 0);
  checkInteger('bad-method', 'powerIterations', powerIterations, 0);
  return { stream, oversampling, powerIterations };
}
