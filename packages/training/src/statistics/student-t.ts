import { isInteger, isNumber, checkThat } from './check.ts';

/**
 * The probability that Student's t with `df` degrees of freedom is at most `t`.
 *
 * A finite sum for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4). Absolute error about 1e-15. O(df).
 *
 * @throws `training/bad-statistics`
 */
export function tCdf(t: number, df: number): number {
  requireDegrees(df);
  checkThat(typeof t === 'number', 'tCdf, t', 'must be a number', t);
  if (Number.isNaN(t)) return NaN;
  const inside = insideOf(Math.abs(t), df);
  return t < 0 ? (1 - inside) / 2 : (1 + inside) / 2;
}

/**
 * The t that Student's t is at most with probability `p`. Relative error about 1e-12.
 *
 * @throws `training/bad-statistics`
 */
export function tQuantile(p: number, df: number): number {
  requireDegrees(df);
  checkThat(isNumber(p) && p > 0 && p < 1, 'tQuantile, p', 'must be between 0 and 1', p);
  if (p < 0.5) return -tQuantile(1 - p, df);
  let [low, high] = [0, 1];
  while (tCdf(high, df) < p && high < 1e300) high *= 2;
  while (high - low > 4e-16 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (tCdf(middle, df) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(|T| ≤ t) for t ≥ 0. */
function insideOf(t: number, df: number): number {
  const angle = Math.atan(t / Math.sqrt(df));
  const squared = Math.cos(angle) ** 2;
  const odd = df % 2 === 1;
  let sum = 0;
  for (let k = odd ? 1 : 0, term = odd ? Math.cos(angle) : 1; k <= df - 2; k += 2) {
    sum += term;
    term *= ((k + 1) / (k + 2)) * squared;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

function requireDegrees(df: number): void {
  checkThat(isInteger(df, 1), 'degrees of freedom', 'must be an integer from 1', df);
}
