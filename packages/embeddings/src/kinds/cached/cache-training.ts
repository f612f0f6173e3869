import type { RowCacheSettings } from './cached-config.ts';
import { CacheRefresh, type RefreshedTable } from './cache-refresh.ts';
import { RowCache } from './row-cache.ts';

declare module '@ttrec/embeddings/kind' {
  interface TrainingParts {
    /** @internal */
    readonly cacheTraining: typeof cacheTraining;
  }
}

/** A cache whose rows change in training, and what changes them. */
export interface CacheTraining {
  readonly cache: RowCache;
  readonly refresh: CacheRefresh;
}

export function cacheTraining(
  settings: RowCacheSettings,
  path: string | undefined,
  table: Omit<RefreshedTable, 'cache'>,
): CacheTraining {
  const cache = new RowCache(settings, path);
  return {
    cache,
    refresh: new CacheRefresh({ ...table, cache }),
  };
}
