import type { CacheStatistics } from './row-cache.ts';

/** A table's own work between steps. Whoever trains tables calls these; a kind that wraps others has theirs. */
export interface TableUpkeep {
  /** The updates of a step have been enqueued. */
  afterStep(): void;
  /** Resolves when the work that steps began has ended; rejects with what it failed with. */
  settled(): Promise<void>;
  /** Host tensors were overwritten. */
  restored(): void;
  /** What happened since it was last asked. */
  takeStatistics(): CacheStatistics;
}
