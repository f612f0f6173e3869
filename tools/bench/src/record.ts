import type { Check } from './check.ts';
import type { Summary } from './statistics.ts';
import type { Sample } from './run/timing.ts';

/** Everything that a run of the benchmark found. The page and the README are made from it alone. */
export interface BenchRecord {
  readonly format: 1;
  /** ISO 8601, when the run began. */
  readonly date: string;
  readonly commit: string;
  /** Whether tracked files differed from the commit. */
  readonly modified: boolean;
  readonly machine: Machine;
  readonly pairs: number;
  /** The least a contender was timed for in one pair. */
  readonly seconds: number;
  /** The command line after `npm run bench --`. */
  readonly arguments: readonly string[];
  readonly cases: readonly CaseRecord[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Load averages over one minute, before the first case and after the last. */
  readonly load: readonly [number, number];
}

export interface CaseRecord {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly unitsPerStep: number;
  /** Of the first contender; every other has one. */
  readonly threads: number;
  readonly contenders: readonly ContenderRecord[];
}

export interface ContenderRecord {
  readonly name: string;
  readonly kind: 'own' | 'peer';
  /** What ran: the engine's own words, or the peer and its version. */
  readonly version?: string | undefined;
  /** Why it did not run, or not to the end. */
  readonly reason?: string | undefined;
  readonly check?: Check | undefined;
  /** What rates do not show: latencies. */
  readonly details?: string | undefined;
  /** One a pair (the first contender: one for each of the others, or alone); null where it failed. Empty when it did not run. */
  readonly samples: readonly (Sample | null)[];
  /** The first contender's, each taken right before the one of the same place in `samples`. */
  readonly ours?: readonly (Sample | null)[] | undefined;
  /** Units of the case a second. */
  readonly rate?: Summary | undefined;
  /** Its time over that of the first contender right before. */
  readonly ratio?: Summary | undefined;
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
  readonly rateAtLeast?: number | undefined;
}

/** Whether the goal is met at the median; undefined where there is none or nothing ran. */
export function isGoalMet(contender: ContenderRecord): boolean | undefined {
  const { ratio, rate, atLeast, atMost, rateAtLeast } = contender;
  if (atLeast !== undefined && ratio) return ratio.median >= atLeast;
  if (atMost !== undefined && ratio) return ratio.median <= atMost;
  if (rateAtLeast !== undefined && rate) return rate.median >= rateAtLeast;
  return undefined;
}
