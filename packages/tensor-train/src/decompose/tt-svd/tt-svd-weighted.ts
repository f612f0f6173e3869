import ndarray, { type NdArray } from 'ndarray';
import { checkArray, checkInteger, checkOptions } from '../../check.ts';
import type { FloatArray } from '../../float-array.ts';
import { rootOf } from '../../linear-algebra/powers-of-two.ts';
import type { ClippedRank } from '../../shapes/rank-limits.ts';
import { flatten, type FlatTT } from '../../tt/flat-tt.ts';
import { toDense } from '../../tt/reconstruct.ts';
import type { TTMatrix } from '../../tt/tt-matrix.ts';
import { matrixOf } from '../../tt/unflatten.ts';
import { checkedWeights, rowScale, scalesOf, unscaled } from './digit-scales.ts';
import { type Truncation, TRUNCATION_OPTIONS } from '../truncation.ts';
import {
  type FactorisationOptions,
  type FactorOptions,
  factorsFor,
  ttSvd,
  FACTOR_OPTIONS,
  FACTORISATION_OPTIONS,
} from './tt-svd.ts';
import { scaledEntries } from '../unfold.ts';

export interface WeightedOptions extends Truncation, FactorOptions, FactorisationOptions {
  /** The weight of each row, [N], such as its access count; not negative, and not all zero. */
  readonly weights: FloatArray;
  /** Refinements after the first result, each one more TT-SVD; 3 by default. */
  readonly sweeps?: number | undefined;
}

export interface WeightedDecomposition {
  readonly tt: TTMatrix<Float64Array>;
  /** The root of the weighted sum of squared distances of rows. */
  readonly weightedError: number;
  /** The same as a fraction of the weighted norm of the table. */
  readonly relativeWeightedError: number;
  readonly clipped: readonly ClippedRank[];
}

/**
 * TT-SVD by row weights, for tables of which most rows are rarely read.
 *
 * Rows are scaled by a product of digit scales, the roots of the marginal weights of each digit, which is nearest to
 * the weights in Kullback-Leibler divergence. The scaled table is decomposed, and the scales are divided out of the
 * cores. Refinement accounts for the rest of the weights: rows of less than the largest remaining weight are moved
 * towards the present approximation, and the result is decomposed again (Srebro and Jaakkola, "Weighted Low-Rank
 * Approximations", ICML 2003). The result of least weighted error is returned.
 *
 * Takes 1 + sweeps times as long as `ttSvd`, and O(N D r) more for each. A relative error applies to the scaled table.
 *
 * @throws the same errors as `ttSvd`; `tensor-train/bad-weights`, `tensor-train/bad-sweeps`
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
  /** The table that the TT represents, padded rows included. */
  readonly approximation: Float64Array;
  readonly squaredError: number;
}

/** Rows between the approximation and the target, by trust. */
function mixed(target: Float64Array, approximation: Float64Array, trust: Float64Array): Float64Array {
  const numCols = target.length / trust.length;
  return target.map((value, at) => {
    const share = trust[Math.floor(at / numCols)]!;
    return share * value + (1 - share) * approximation[at]!;
  });
}

/** The weight of each row divided by its squared scale, as a fraction of the largest. */
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
