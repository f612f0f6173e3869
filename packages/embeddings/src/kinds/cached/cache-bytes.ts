import type { RowCacheSettings } from './cached-config.ts';
import { slotsFor } from './id-map.ts';

/** Numbers of the schedule and of what happened since it was last asked. */
export const CLOCK_LENGTH = 5;

/** Bytes that a model with such a cache is saved with, beside the rows: ids. */
export function cacheModelBytes(rows: number): number {
  return 4 * rows + 4;
}

/** Bytes that only training holds: counters, the map from ids to places, and the schedule. */
export function cacheTrainingBytes({ rows, counters, rowShape }: RowCacheSettings): number {
  const digits = rowShape.reduce((sum, factor) => sum + factor, 0);
  return 4 * rows + 8 * slotsFor(counters) + 8 * slotsFor(rows) + 8 * digits + 8 * CLOCK_LENGTH;
}
