import { error } from '../../error.ts';
import { anyTable, type ConfigSchema } from '../../table/config/config-schema.ts';
import type { TableConfig } from '../../table/config/table-config.ts';
import type { TableSize } from '../../table/table-size.ts';
import { shapeOf } from '../tt/tt-shape.ts';

/**
 * A table and, beside it, rows of their own for the ids that matter most, which training finds out: those that are looked up most, as
 * in the LFU cache of the TT-Rec paper, or those whose rows have the largest gradients, as in "CAFE: Towards Compact, Adaptive, and
 * Fast Embedding for Large-scale Recommendation Models" (Zhang et al., SIGMOD 2024).
 */
export interface CachedConfig {
  readonly kind: 'cached';
  /** K: rows of the cache, 1 to N - 1. */
  readonly rows: number;
  /** The table of all ids. What evicted rows learned is written back into a `tt`; others keep what they had. */
  readonly into: TableConfig;
  /** What makes an id important: `lookups` (default), or the norms of the `gradient`s of its row. */
  readonly importance?: 'lookups' | 'gradient';
  /**
   * Steps before the cache is filled; 10 by default. Early is better: what the cores have learned of rows that then leave
   * them is noise to the rows that stay.
   */
  readonly warmUp?: number;
  /** Steps from one refresh to the next; 500 by default. */
  readonly refreshEvery?: number;
  /** What is left of a count at each refresh, above 0 to 1. 0.9 by default; 1 never forgets. */
  readonly decay?: number;
  /** Ids outside the cache whose lookups are counted; 4·K by default, at most N. */
  readonly counters?: number;
}

/** What a cache is built from. */
export interface RowCacheSettings {
  /** K. */
  readonly rows: number;
  /** Ids outside the cache whose lookups are counted. */
  readonly counters: number;
  /** Steps before the first refresh. */
  readonly warmUp: number;
  /** Steps from one refresh to the next. */
  readonly refreshEvery: number;
  /** What is left of a count at each refresh. */
  readonly decay: number;
  /** p_k of the TT inside; empty without one. */
  readonly rowShape: readonly number[];
  /** N */
  readonly numEmbeddings: number;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    cached: CachedConfig;
  }
}

const positive = { type: 'integer', minimum: 1 } as const;

export const cachedSchema: ConfigSchema<CachedConfig> = {
  properties: {
    rows: positive,
    into: anyTable,
    importance: { enum: ['lookups', 'gradient'] },
    warmUp: positive,
    refreshEvery: positive,
    decay: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
    counters: positive,
  },
  required: ['rows', 'into'],
};

/** @throws `embeddings/bad-cache` for a cache of the whole table, or with more counters than ids */
export function settingsOf(config: CachedConfig, size: TableSize): RowCacheSettings {
  const { numEmbeddings } = size;
  const { rows, into: inner, warmUp = 10, refreshEvery = 500, decay = 0.9 } = config;
  requireAtMost('rows', rows, numEmbeddings - 1);
  const { counters = Math.min(numEmbeddings, 4 * rows) } = config;
  requireAtMost('counters', counters, numEmbeddings);
  // Ids that pad a TT are none of the table's.
  const rowShape = inner.kind === 'tt' ? shapeOf(inner, size).rowShape : [];
  return { rows, counters, warmUp, refreshEvery, decay, rowShape, numEmbeddings };
}

function requireAtMost(field: string, value: number, most: number): void {
  if (value <= most) return;
  const rule = `must be an integer from 1 to ${most}`;
  throw error('bad-cache', { subject: `table kind "cached", ${field}`, rule, got: value });
}
