import type { RandomStream } from '@ttrec/core';
import { checkChoice, checkInteger, MAX_ROWS, product } from '../check.ts';
import { error } from '../error.ts';
import { matmul as plainMatmul, type FloatArray, type Matmul } from '../linear-algebra/matmul.ts';
import { transposed } from '../linear-algebra/qr.ts';
import { matrixOf } from '../trains/train.ts';
import type { TTShape } from '../shapes/tt-shape.ts';
import type { TTMatrix } from '../trains/tt-matrix.ts';
import { checkWeights, rowScale, scalesOf, unscale } from './digit-scales.ts';
import { rankRule } from './rank-rule.ts';
import { storageLike, type RowReader } from './row-blocks.ts';
import { projectThroughGram, projectThroughSketch, type Sketch } from './streamed-basis.ts';
import { sweepRightToLeft } from './sweep.ts';
import { TruncationPlan, type Truncation } from './truncation.ts';
import { factorsFor, type Decomposition, type FactorOptions } from './tt-svd.ts';

export interface StreamedOptions extends Truncation, FactorOptions {
  /** N. */
  readonly numRows: number;
  /** D. */
  readonly numCols: number;
  /**
   * `gram` (default) sums the Gram matrix of the last unfolding, [p_d q_d]^2: exact, O(N D p_d q_d). `sketch` multiplies
   * it by random directions instead: O(N D (r + 8)), close on decaying spectra, and what remains when p_d q_d is large.
   */
  readonly method?: 'gram' | 'sketch';
  /** Where random directions come from (`sketch`, which needs it). The stream itself does not move. */
  readonly stream?: RandomStream;
  /** Random directions beyond the rank (`sketch`), 8 by default. */
  readonly oversampling?: number;
  /** Power iterations (`sketch`), one more pass over the rows each, 0 by default. */
  readonly powerIterations?: number;
  readonly matmul?: Matmul;
  /**
   * How much each row counts, [N]: rows are decomposed under the product of weights of their digits that comes nearest, as
   * by `ttSvdWeighted` without refinement. The error reported is then that of the rows so scaled.
   */
  readonly weights?: FloatArray;
}

/**
 * TT-SVD of a table that is read in blocks of rows, twice, and never held: the first pass finds the dominant right
 * singular vectors of the last unfolding, the second projects the rows on them, and the projection, a p_d q_d / r-th of
 * the table, is decomposed in memory from right to left. The result is that of `ttSvd` with `sweep: 'right-to-left'`.
 *
 * Memory beyond the rows: (N D / p_d q_d) r numbers, in the precision of the rows, and some blocks of a million numbers.
 * O(N D p_d q_d) operations for the Gram matrix, of which a symmetric product saves half, and O(N D r) for the projection;
 * the decomposition of what is left is O(N D r p_{d-1} q_{d-1} / p_d q_d).
 *
 * Oseledets 2011, algorithm 1, from the other end.
 *
 * @throws what `ttSvd` throws; `tensor-train/bad-block` (the reader returned another number of rows),
 *   `tensor-train/one-core` (there is nothing to truncate), `tensor-train/sketch-too-small` (an error that so few
 *   directions cannot meet), `tensor-train/bad-weights`
 */
export function ttSvdStreamed(
  read: RowReader,
  options: StreamedOptions,
): Decomposition<TTMatrix<Float64Array>> {
  const { numRows, numCols, method = 'gram', matmul = plainMatmul, weights } = options;
  checkInteger('bad-num-rows', 'numRows', numRows, 1, MAX_ROWS);
  checkInteger('bad-num-cols', 'numCols', numCols, 1, MAX_ROWS);
  checkChoice('bad-method', 'method', method, ['gram', 'sketch']);
  const factors = factorsFor([numRows, numCols], options);
  const rule = rankRule(factors, options);
  const modes = factors.rowShape.map((p, k) => p * factors.colShape[k]!);
  const last = modes.length - 1;
  if (last === 0) {
    throw error('one-core', {
      subject: 'cores',
      rule: 'must be at least 2 for a table to be compressed',
      got: 1,
    });
  }
  if (weights !== undefined) checkWeights(weights, numRows);
  const digitScales = weights && scalesOf(weights, factors.rowShape);
  const streamed = {
    table: {
      read: digitScales === undefined ? read : scaledRows(read, factors, digitScales),
      numRows,
      factors,
    },
    matmul,
    planFor: (norm: number) => new TruncationPlan(rule, modes, norm),
  };
  const { vectors, projected, rank, plan } =
    method === 'gram' ? projectThroughGram(streamed) : projectThroughSketch(streamed, sketchOf(options));

  const rest = {
    a: projected,
    modes: modes.slice(0, -1),
    plan,
    factorisation: { kind: 'gram' },
    matmul,
  } as const;
  const head = sweepRightToLeft(rest, rank);
  const lastCore = transposed(vectors, modes[last]!, rank);
  const train = { modes, ranks: [...head.ranks, 1], cores: [...head.cores, lastCore] };
  const tt = matrixOf(train, factors.rowShape, factors.colShape);
  return { tt: digitScales === undefined ? tt : unscale(tt, digitScales), ...plan.report() };
}

/** The rows of a reader, each times its scale, in the reader's precision. */
function scaledRows(
  read: RowReader,
  { rowShape, colShape }: Pick<TTShape, 'rowShape' | 'colShape'>,
  digitScales: readonly Float64Array[],
): RowReader {
  const numCols = product(colShape);
  let storage: FloatArray = new Float32Array(0);
  return (start, end) => {
    const rows = read(start, end);
    if (storage.length < rows.length) storage = storageLike(rows, rows.length);
    for (let at = 0, row = start; at < rows.length; row++) {
      const scale = rowScale(row, rowShape, digitScales);
      for (const last = at + numCols; at < last; at++) storage[at] = rows[at]! * scale;
    }
    return storage.subarray(0, rows.length);
  };
}

function sketchOf({ stream, oversampling = 8, powerIterations = 0 }: StreamedOptions): Sketch {
  if (stream === undefined) {
    throw error('no-stream', {
      subject: 'stream',
      rule: 'must be given with the method sketch',
      got: undefined,
    });
  }
  checkInteger('bad-method', 'oversampling', oversampling, 0);
  checkInteger('bad-method', 'powerIterations', powerIterations, 0);
  return { stream, oversampling, powerIterations };
}
