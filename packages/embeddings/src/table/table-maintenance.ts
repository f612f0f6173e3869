/** What a cache did since it was last asked. */
export interface CacheStatistics {
  /** Lookups in training. */
  readonly lookups: number;
  /** Those that found a row in the cache. */
  readonly hits: number;
  readonly refreshes: number;
  /** Rows that refreshes sent back to the cores. */
  readonly evictions: number;
}

/** What a step was taken with. */
export interface UpdateSettings {
  readonly learningRate: number;
}

/** A table's own work between steps. Whatever trains tables calls these; a kind that wraps others has theirs. */
export interface TableMaintenance {
  /** The updates of a step have been enqueued. */
  afterStep(settings: UpdateSettings): void;
  /** Whether no work that a step began has to be awaited. */
  readonly isSettled: boolean;
  /** Before a forward for training. Throws where work that a step began has to be awaited first, or has failed. */
  requireSettled(): void;
  /** Resolves when the work that steps began has ended; rejects with what it failed with. */
  settled(): Promise<void>;
  /** What happened since the last call. */
  takeStatistics(): CacheStatistics;
  /** Whether the work depends on how often a forward for training looks ids up. */
  readonly countsLookups?: boolean;
}

/** The maintenance of tables as one, but for whether lookups count. */
export function maintenanceOf(
  tables: readonly { readonly maintenance?: readonly TableMaintenance[] }[],
): TableMaintenance {
  const all = tables.flatMap(({ maintenance }) => maintenance ?? []);
  return {
    get isSettled() {
      return all.every((one) => one.isSettled);
    },
    afterStep(settings) {
      for (const one of all) one.afterStep(settings);
    },
    requireSettled() {
      for (const one of all) one.requireSettled();
    },
    async settled() {
      await Promise.all(all.map((one) => one.settled()));
    },
    takeStatistics: () => sumOfStatistics(all.map((one) => one.takeStatistics())),
  };
}

function sumOfStatistics(taken: readonly CacheStatistics[]): CacheStatistics {
  const sum = (field: keyof CacheStatistics) => taken.reduce((total, each) => total + each[field], 0);
  return {
    lookups: sum('lookups'),
    hits: sum('hits'),
    refreshes: sum('refreshes'),
    evictions: sum('evictions'),
  };
}
