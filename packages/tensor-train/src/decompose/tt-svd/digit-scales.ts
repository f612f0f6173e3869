import { counted } from '@ttrec/core';
import { error } from '../../error.ts';
import type { FloatArray } from '../../float-array.ts';
import { normalise, type Scaled } from '../../linear-algebra/powers-of-two.ts';
import { rowDigits } from '../../shapes/row-digits.ts';
import type { FlatTT } from '../../tt/flat-tt.ts';

/** Least weight of a digit, as a fraction of the largest: rows of weight 0 stay finite. */
const FLOOR = 1e-8;

/**
 * The root of the marginal weight of each digit of each core, as a fraction of the core's largest.
 *
 * Of all products of digit weights, that of the marginals is nearest to the weights in Kullback-Leibler divergence.
 * Scaling rows by a product of digit scales does not change TT-ranks. O(N d).
 *
 * @param weights near 1
 */
export function scalesOf(weights: Float64Array, rowShape: readonly number[]): Float64Array[] {
  const sums = rowShape.map((p) => new Float64Array(p));
  const digits = new Uint32Array(rowShape.length);
  for (let i = 0; i < weights.length; i++) {
    rowDigits(i, rowShape, digits);
    for (let k = 0; k < sums.length; k++) sums[k]![digits[k]!]! += weights[i]!;
  }
  return sums.map((marginal) => {
    const largest = marginal.reduce((most, sum) => Math.max(most, sum), 0);
    return marginal.map((sum) => Math.sqrt(Math.max(sum / largest, FLOOR)));
  });
}

/** The scale of row `i`: the product of the scales of its digits. */
export function rowScale(
  i: number,
  rowShape: readonly number[],
  digitScales: readonly Float64Array[],
): number {
  return rowDigits(i, rowShape).reduce((scale, digit, k) => scale * digitScales[k]![digit]!, 1);
}

/** Divides every slice of every core by the scale of its digit. */
export function unscaled(
  tt: FlatTT,
  colShape: readonly number[],
  digitScales: readonly Float64Array[],
): FlatTT {
  const cores = tt.cores.map((core, k) => {
    const slice = colShape[k]! * tt.ranks[k + 1]!;
    const scales = digitScales[k]!;
    return core.map((value, at) => value / scales[Math.floor(at / slice) % scales.length]!);
  });
  return { ...tt, cores };
}

/**
 * The weights in float64 and near 1.
 *
 * @throws `tensor-train/bad-weights`
 */
export function checkedWeights(weights: FloatArray, numRows: number): Scaled {
  const subject = 'weights';
  if (!(weights instanceof Float32Array || weights instanceof Float64Array)) {
    const rule = 'must be a Float32Array or a Float64Array';
    throw error('bad-weights', { subject, rule, got: weights });
  }
  if (weights.length !== numRows) {
    throw error('bad-weights', {
      subject,
      rule: `must have one weight for each of the ${counted(numRows, 'row')}`,
      got: weights.length,
    });
  }
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad >= 0) {
    throw error('bad-weights', {
      subject: `weights[${bad}]`,
      rule: 'must be a finite number of at least 0',
      got: weights[bad],
    });
  }
  if (weights.every((weight) => weight === 0)) {
    throw error('bad-weights', { subject, rule: 'must not all be 0', got: 0 });
  }
  const values = new Float64Array(weights);
  return { values, exponent: normalise(values) };
}
