import type { Split } from '../call.ts';

/** Nanoseconds: a number that is read, changed and written. */
export const PASS = 0.3;

/** What is cut between rows. */
export function byRows(rows: number, cost: number): Split {
  return { units: rows, grain: 8, cost, partsPerThread: 4 };
}
