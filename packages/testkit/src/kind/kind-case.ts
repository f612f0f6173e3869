import type { Backend } from '@ttrec/backend';
import type { TableUnderTest } from './table-under-test.ts';

/** One thing that must hold for every table. */
export interface KindCase {
  readonly name: string;
  /** Throws, with the place and the numbers, when it does not hold. Wants a fresh backend, which the caller disposes. */
  run(table: TableUnderTest, backend: Backend): Promise<void>;
  /** For tables that can be trained alone. */
  readonly trains?: boolean;
}

/**
 * Rounding allowed to a table in float32: 1e-5 of the largest number is some 80 roundings, and the sums that make a row
 * are of a few dozen products.
 */
export const TOLERANCE = 1e-5;
