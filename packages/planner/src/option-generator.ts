import type { TableConfig, TableSize } from '@ttrec/embeddings';
import type { CollisionLoss } from './collision-loss.ts';
import type { Frequencies } from './frequencies.ts';
import type { TrainLoss } from './train-loss.ts';

/** What a generator knows of the table that it makes options for. */
export interface TableToPlan {
  readonly name: string;
  readonly size: TableSize;
  readonly frequencies: Frequencies;
  /** Whether low ids are the frequent ones. */
  readonly frequencyOrdered: boolean;
  /** Of the whole table stored dense; options that take as much are of no use. */
  readonly denseBytes: number;
  readonly collisions: CollisionLoss;
  readonly trains: TrainLoss;
}

/** One way to store a table. */
export interface Candidate {
  readonly config: TableConfig;
  /** The same table with its factors written out, where finding them takes longer than the rest of a price. */
  readonly priceAs?: TableConfig;
  /** The share of the table's variance over reads that it is expected to lose, from 0 to 1. */
  readonly loss: number;
  /** Where the loss comes from, in a phrase. */
  explain(): string;
  /** The largest option of the same form whose numbers take at most `bytes`; undefined when none is larger than this one. */
  grow?(bytes: number): Candidate | undefined;
}

/** Makes the options of one kind: one file each, listed in generators.ts, or handed to the planner. */
export interface OptionGenerator {
  /** As `kinds` of the planner's options names it; a path like `hash→tt` for one kind inside another. */
  readonly kind: string;
  /** Tables that cannot be trained; offered only when a plan is for serving. */
  readonly inferenceOnly?: boolean;
  /**
   * What it loses is known by priors of what training finds, and not of rows that there are: left out where a pilot, or a
   * compression, tells of these and other kinds can be measured.
   */
  readonly priorOnly?: boolean;
  /** Some dozens to hundreds of options over the whole range of bytes, in any order. */
  candidates(table: TableToPlan): Iterable<Candidate>;
}

/** Integers from 1 to `most`: each one at first, then by steps of a factor; `most` itself comes last. */
export function* growing(most: number, factor: number): Generator<number> {
  for (let n = 1; n < most; n = Math.max(n + 1, Math.floor(n * factor))) yield n;
  if (most >= 1) yield most;
}

/** The largest integer up to `most` that fits, found by bisection from `least`, which does. */
export function largestThatFits(least: number, most: number, fits: (n: number) => boolean): number {
  let [low, high] = [least, most + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** A loss or a share, for people. */
export function percent(share: number): string {
  return `${(100 * share).toPrecision(share >= 0.0995 ? 3 : 2)} %`;
}
