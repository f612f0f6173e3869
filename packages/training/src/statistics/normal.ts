import { checkThat } from './check.ts';

/**
 * The probability that a standard normal number is at most `z`. Relative error below 1e-13, in the tails too.
 *
 * The series of erf near 0, the continued fraction of erfc beyond (Abramowitz and Stegun 7.1.6 and 7.1.14).
 *
 * @throws `training/bad-statistics`
 */
export function normalCdf(z: number): number {
  checkThat(typeof z === 'number', 'normalCdf, z', 'must be a number', z);
  if (Number.isNaN(z)) return NaN;
  const x = Math.abs(z) / Math.SQRT2;
  if (x < 3) return z < 0 ? (1 - erfSeries(x)) / 2 : (1 + erfSeries(x)) / 2;
  const tail = erfcFraction(x) / 2;
  return z < 0 ? tail : 1 - tail;
}

/** The p-value of a two-sided test whose statistic is standard normal under the null hypothesis. */
export function twoSided(z: number): number {
  return Math.min(1, 2 * normalCdf(-Math.abs(z)));
}

/** 97.5 % of standard normal numbers are at most this. */
export const Z_95 = 1.959963984540054;

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function erfcFraction(x: number): number {
  let fraction = 0;
  for (let k = 200; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
