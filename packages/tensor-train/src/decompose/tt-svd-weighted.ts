import ndarray, { type NdArray } from 'ndarray';
import { checkInteger } from '../check.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import { matmul as plainMatmul, type FloatArray } from '../linear-algebra/matmul.ts';
import { toDense } from '../trains/reconstruct.ts';
import type { TTMatrix } from '../trains/tt-matrix.ts';
import type { ClippedRank } from '../shapes/rank-limits.ts';
import { checkWeights, rowScale, scalesOf, unscale } from './digit-scales.ts';
import { factorsFor, ttSvd, type FactorisationOptions, type FactorOptions } from './tt-svd.ts';
import type { Truncation } from './truncation.ts';
import { throwNotFinite } from './unfold.ts';

export interface WeightedOptions extends Truncation, FactorOptions, FactorisationOptions {
  /** How much each row counts, [N], none negative and not all zero; access frequencies, for one. */
  readonly weights: FloatArray;
  /** Refinements after the first result, each one TT-SVD more; 3 by default. */
  readonly sweeps?: number;
}

export interface WeightedDecomposition {
  readonly tt: TTMatrix<Float64Array>;
  /** The root of the sum over rows of weight times squared distance. */
  readonly weightedError: number;
  /** The same, as a fraction of the table's weighted norm. */
  readonly relativeWeightedError: number;
  readonly clipped: readonly ClippedRank[];
}

/**
 * TT-SVD in which rows count by weight, because most rows of a table are hardly ever read.
 *
 * A product of weights of the digits goes through a train: the rows of the table are scaled by the roots of the product
 * of the weights' marginal sums (the product nearest to the weights in Kullback-Leibler divergence), decomposed, and
 * the scale is divided out of the cores again, digit by digit. What of the weights is no such product is met by
 * refinement: rows of less than the largest remaining weight are moved part of the way to the present approximation, and
 * the result is decomposed again (Srebro and Jaakkola, "Weighted Low-Rank Approximations", ICML 2003). The best of
 * these results in weighted error is returned.
 *
 * Takes 1 + sweeps times what `ttSvd` takes, and O(N D r) more for each. A relative error or a budget applies to each decomposition of scaled rows.
 *
 * @throws what `ttSvd` throws; `tensor-train/bad-weights`, `tensor-train/bad-sweeps`
 */
export function ttSvdWeighted(table: NdArray<FloatArray>, options: WeightedOptions): WeightedDecomposition {
  const { weights, sweeps = 3 } = options;
  checkInteger('bad-sweeps', 'sweeps', sweeps, 0);
  const factors = factorsFor(table.shape, options);
  const [numRows, numCols] = table.shape as [number, number];
  checkWeights(weights, numRows);
  const target = contiguous(table);
  checkRows(target, numCols);
  const digitScales = scalesOf(weights, factors.rowShape);
  const rowScales = Float64Array.from({ length: numRows }, (_, i) =>
    rowScale(i, factors.rowShape, digitScales),
  );
  const trust = trustOf(weights, rowScales);
  const attempt = (rows: Float64Array): Attempt => {
    const scaled = rows.map((value, at) => value * rowScales[Math.floor(at / numCols)]!);
    const { tt, clipped } = ttSvd(ndarray(scaled, [numRows, numCols]), { ...options, ...factors });
    const result = unscale(tt, digitScales);
    const { matmul = plainMatmul } = options;
    const approximation = toDense(result, { matmul }).data;
    return { tt: result, clipped, approximation, error: weightedNorm(target, weights, approximation) };
  };

  let present = attempt(target);
  let best = present;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    present = attempt(mixed(target, present.approximation, trust));
    if (present.error < best.error) best = present;
  }
  const size = weightedNorm(target, weights);
  const relativeWeightedError = size === 0 ? 0 : best.error / size;
  return { tt: best.tt, weightedError: best.error, relativeWeightedError, clipped: best.clipped };
}

interface Attempt {
  readonly tt: TTMatrix<Float64Array>;
  readonly clipped: readonly ClippedRank[];
  /** The table that the train stands for, padded rows included. */
  readonly approximation: Float64Array;
  readonly error: number;
}

/** Rows moved from the approximation to the target by as much as they are trusted. */
function mixed(target: Float64Array, approximation: Float64Array, trust: Float64Array): Float64Array {
  const numCols = target.length / trust.length;
  return target.map((value, at) => {
    const share = trust[Math.floor(at / numCols)]!;
    return share * value + (1 - share) * approximation[at]!;
  });
}

/** What is left of each row's weight when its scale is taken out, as a fraction of the largest. */
function trustOf(weights: FloatArray, rowScales: Float64Array): Float64Array {
  const rest = rowScales.map((scale, i) => weights[i]! / (scale * scale));
  const largest = rest.reduce((most, weight) => Math.max(most, weight), 0);
  return rest.map((weight) => weight / largest);
}

/** The root of the sum over rows of weight times squared distance to `from`, or to zero. */
function weightedNorm(table: Float64Array, weights: FloatArray, from?: Float64Array): number {
  const numCols = table.length / weights.length;
  let sum = 0;
  for (let at = 0; at < table.length; at++) {
    const difference = table[at]! - (from?.[at] ?? 0);
    sum += weights[Math.floor(at / numCols)]! * difference * difference;
  }
  return Math.sqrt(sum);
}

function checkRows(rows: Float64Array, numCols: number): void {
  rows.forEach((value, at) => {
    if (!Number.isFinite(value))
      throwNotFinite(`row ${Math.floor(at / numCols)}, column ${at % numCols}`, value);
  });
}
