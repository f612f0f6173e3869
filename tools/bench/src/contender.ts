import type { Check } from './check.ts';
import type { EngineName, Models } from './models.ts';

/** One way of doing the work of a case. */
export type Contender = OwnContender | PeerContender;

interface Goal {
  /** Unique within its case. */
  readonly name: string;
  /** The goal: the first contender of the case takes at most this one's time over `atLeast`. */
  readonly atLeast?: number | undefined;
  /** The goal: this contender, a part of the first one's work, takes at most this share of its time. */
  readonly atMost?: number | undefined;
  /** The goal of this contender alone, in units of the case a second. */
  readonly rateAtLeast?: number | undefined;
}

/** Ours, on one of our engines, in this process. */
export interface OwnContender extends Goal {
  readonly kind: 'own';
  readonly engine: EngineName;
  readonly prepare: (models: Models) => Promise<Workload | Missing>;
}

/** Why a contender cannot run here. */
export interface Missing {
  readonly reason: string;
}

/** Another program, started anew for each pair. */
export interface PeerContender extends Goal {
  readonly kind: 'peer';
  /** A file of the folder of peers; it prints a JSON line a result. */
  readonly script: string;
  /** After the repetitions and seconds that hold for all, of which a slow peer may ask for fewer. */
  readonly args: readonly string[];
  /** The field `peer` of the line that is meant. */
  readonly line: string;
  readonly needs: 'torch' | 'tfjs' | 'jax-js' | 'onnxruntime';
}

/** What is timed: batches drawn before the clock starts, in turn. */
export interface Workload {
  /** The engine's own words. */
  readonly engine: string;
  /** Resolves when batch `i` (modulo the number of batches) is done. */
  readonly step: (i: number) => Promise<unknown>;
  /** The same work on the reference backend, compared. Undefined where the engine is the reference. May train. */
  readonly check: () => Promise<Check | undefined>;
  /** What rates do not show, asked for after the last step: latencies. */
  readonly details?: () => Promise<string>;
  /** Ends what it started, after the case or its failure. */
  readonly dispose?: () => Promise<void>;
}

/** The same work for several contenders: ours first, and ratios are against the first. */
export interface BenchCase {
  /** `tt-bag/train/d64-r32/bags1-uniform`: the longer, the narrower. */
  readonly name: string;
  /** What one step does, in a sentence. */
  readonly what: string;
  /** What a rate counts: `lookups`, `samples`, `GFLOP`. */
  readonly unit: string;
  readonly unitsPerStep: number;
  /** Of the first contender; 1 by default, as of all others. */
  readonly threads?: number;
  readonly contenders: readonly [OwnContender, ...Contender[]];
}
