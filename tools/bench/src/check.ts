import { error } from './error.ts';

/** How far a timed result lay from the reference backend's. */
export interface Check {
  /** Largest difference, relative to the largest magnitude of the expected numbers. */
  readonly error: number;
  readonly tolerance: number;
}

/**
 * float32 sums of thousands of terms, in another order than the reference's float64 accumulators, and at most four
 * training steps on top of each other: measured 1e-7 to 2e-5. A wrong stride or a lost gradient is off by order one.
 */
export const TOLERANCE = 2e-4;

/**
 * What one example may add to a gradient. Among the millions of units of a large batch some lie within rounding of the kink
 * of their ReLU; where the engines fall on different sides, a few numbers differ by that: measured to 0.02. A gradient that
 * is lost or misplaced differs by all of it.
 */
const KINK = 0.1;

/** The worst of several results, each relative to its own scale. */
export function compare(got: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): Check {
  return { error: Math.max(...expected.map((e, i) => worst(differences(got[i]!, e)))), tolerance: TOLERANCE };
}

/** The same for gradients behind ReLUs: half of each array's numbers as near as any result, the others but for kinks. */
export function compareGradients(
  got: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
): Check {
  const errors = expected.map((e, i) => {
    const sorted = differences(got[i]!, e).sort();
    const middle = sorted[sorted.length >> 1]!;
    return Math.max(middle, (worst(sorted) * TOLERANCE) / KINK);
  });
  return { error: Math.max(...errors), tolerance: TOLERANCE };
}

/** The larger error of two checks of one result. */
export function both(a: Check, b: Check): Check {
  return a.error > b.error ? a : b;
}

/** @throws `bench/wrong-result` */
export function requireRight(name: string, check: Check): void {
  if (check.error <= check.tolerance) return;
  throw error('wrong-result', {
    subject: name,
    rule: `must agree with the reference backend to ${check.tolerance} of the largest magnitude`,
    got: check.error,
  });
}

function worst(differences: Float64Array): number {
  return differences.reduce((most, difference) => Math.max(most, difference), 0);
}

/** Of each number, relative to the largest magnitude that is expected; one infinite one where a result has no such form. */
function differences(got: ArrayLike<number>, expected: ArrayLike<number>): Float64Array {
  if (got.length !== expected.length) return Float64Array.of(Infinity);
  let scale = Number.MIN_VALUE;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!));
  return Float64Array.from(expected, (value, i) => {
    const difference = Math.abs(got[i]! - value) / scale;
    return Number.isNaN(difference) ? Infinity : difference;
  });
}
