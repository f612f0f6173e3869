import ndarray, { type NdArray } from 'ndarray';
import { checkArray, checkInteger, checkOptions } from '../check.ts';
import type { FloatArray } from '../float-array.ts';
import { rootOf } from '../linear-algebra/powers-of-two.ts';
import type { ClippedRank } from '../shapes/rank-limits.ts';
import { flatten, type FlatTT } from '../tt/flat-tt.ts';
import { toDense } from '../tt/reconstruct.ts';
import type { TTMatrix } from '../tt/tt-matrix.ts';
import { matrixOf } from '../tt/unflatten.ts';
import { checkedWeights, rowScale, scalesOf, unscaled } from './digit-scales.ts';
import { type Truncation, TRUNCATION_OPTIONS } from './truncation.ts';
import {
  type FactorisationOptions,
  type FactorOptions,
  factorsFor,
  ttSvd,
  FACTOR_OPTIONS,
  FACTORISATION_OPTIONS,
} from './tt-svd.ts';
import { scaledEntries } from './unfold.ts';

export interface WeightedOptions extends Truncation, FactorOptions, FactorisationOptions {
  /** How much each row counts, [N], none negative and not all zero; access frequencies, for one. */
  readonly weights: FloatArray;
  /** Refinements after the first result, each one TT-SVD more; 3 by default. */
  readonly sweeps?: number | undefined;
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
 * A product of weights of the digits goes through a TT: the rows of the table are scaled by the roots of the product
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
  checkArray('table', table, '[N][D]');
  checkOptions('ttSvdWeighted', options, [
    ...TRUNCATION_OPTIONS,
    ...FACTOR_OPTIONS,
    ...FACTORISATION_OPTIONS,
    'weights',
    'sweeps',
  ]);
  const { weights: given, sweeps = 3, ...svdOptions } = options;
  checkInteger('bad-sweeps', 'sweeps', sweeps, 0);
  const factors = factorsFor(table.shape, options);
  const [numRows, numCols] = table.shape as [number, number];
  const { values: weights, exponent: weightExponent } = checkedWeights(given, numRows);
  const place = (at: number) => `row ${Math.floor(at / numCols)}, column ${at % numCols}`;
  const { values: target, exponent } = scaledEntries(table, place);
  const digitScales = scalesOf(weights, factors.rowShape);
  const rowScales = Float64Array.from({ length: numRows }, (_, i) =>
    rowScale(i, factors.rowShape, digitScales),
  );
  const dense = options.matmul ? { matmul: options.matmul } : {};
  const trust = trustOf(weights, rowScales);
  const attempt = (rows: Float64Array): Attempt => {
    const scaled = rows.map((value, at) => value * rowScales[Math.floor(at / numCols)]!);
    const { tt, clipped } = ttSvd(ndarray(scaled, [numRows, numCols]), { ...svdOptions, ...factors });
    const flat = unscaled(flatten(tt), factors.colShape, digitScales);
    const approximation = toDense(matrixOf(flat, factors.rowShape, factors.colShape), dense).data;
    return { flat, clipped, approximation, squaredError: weightedSquares(target, weights, approximation) };
  };

  let present = attempt(target);
  let best = present;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    present = attempt(mixed(target, present.approximation, trust));
    if (present.squaredError < best.squaredError) best = present;
  }
  const size = weightedSquares(target, weights);
  const weightedError = rootOf(best.squaredError, weightExponent + 2 * exponent);
  const relativeWeightedError = size === 0 ? 0 : Math.sqrt(best.squaredError / size);
  const normAt = options.sweep === 'right-to-left' ? 0 : factors.rowShape.length - 1;
  const tt = matrixOf({ ...best.flat, exponent }, factors.rowShape, factors.colShape, normAt);
  return { tt, weightedError, relativeWeightedError, clipped: best.clipped };
}

interface Attempt {
  readonly flat: FlatTT;
  readonly clipped: readonly ClippedRank[];
  /** The table that the TT stands for, padded rows included. */
  readonly approximation: Float64Array;
  readonly squaredError: number;
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
function trustOf(weights: Float64Array, rowScales: Float64Array): Float64Array {
  const rest = rowScales.map((scale, i) => weights[i]! / (scale * scale));
  const largest = rest.reduce((most, weight) => Math.max(most, weight), 0);
  return rest.map((weight) => weight / largest);
}

/** The sum over rows of weight times squared distance to `from`, or to zero. */
function weightedSquares(table: Float64Array, weights: Float64Array, from?: Float64Array): number {
  const numCols = table.length / weights.length;
  let sum = 0;
  for (let at = 0; at < table.length; at++) {
    const difference = table[at]! - (from?.[at] ?? 0);
    sum += weights[Math.floor(at / numCols)]! * difference * difference;
  }
  return sum;
}
