import type { CriteoConfig } from '../../config/criteo.ts';

/** Rows of the hashed table of categorical column `c`. */
export function bucketsOf(ids: Extract<CriteoConfig['ids'], { kind: 'hash' }>, c: number): number {
  return typeof ids.buckets === 'number' ? ids.buckets : ids.buckets[c]!;
}
