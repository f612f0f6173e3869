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

/** The worst of several results, each relative to its own scale. */
export function compare(got: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): Check {
  return { error: Math.max(...expected.map((e, i) => scaledError(got[i]!, e))), tolerance: TOLERANCE };
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

function scaledError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let scale = Number.MIN_VALUE;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i]! - expected[i]!);
    if (Number.isNaN(difference)) return Infinity;
    scale = Math.max(scale, Math.abs(expected[i]!));
    worst = Math.max(worst, difference);
  }
  return worst / scale;
}
