import type { TableConfig, TableSize } from '@ttrec/embeddings';
import type { TableKind } from '@ttrec/embeddings/kind';
import type { CollisionLoss } from '../losses/collision-loss.ts';
import type { Frequencies } from '../losses/frequencies.ts';
import type { TTLoss } from '../losses/tt-loss.ts';

/** The table that a generator makes options for. */
export interface TableToPlan {
  readonly name: string;
  readonly size: TableSize;
  readonly frequencies: Frequencies;
  /** Whether low ids are the frequent ones. */
  readonly frequencyOrdered: boolean;
  /** Bytes of the dense table. Options that take as many are useless. */
  readonly denseBytes: number;
  readonly collisions: CollisionLoss;
  readonly ttLoss: TTLoss;
}

/** One way to store a table. */
export interface Candidate {
  readonly config: TableConfig;
  /** The same table with explicit factors, to price it faster. */
  readonly costConfig?: TableConfig;
  /** The expected loss: a share of the table's variance over reads, from 0 to 1. */
  readonly loss: number;
  /** The source of the loss, as a phrase. */
  explain(): string;
  /** The largest option of the same form whose parameters take at most `bytes`; undefined if none is larger than this one. */
  grow?(bytes: number): Candidate | undefined;
}

/** Makes the options of one kind. Those of this package are a file each in `kinds`, listed in generators.ts. */
export interface OptionGenerator {
  /** The name in `kinds` of the planner's options; a path such as `hash→tt` for one kind inside another. */
  readonly kind: string;
  /** Set for tables that cannot be trained: they are options only for serving. */
  readonly inferenceOnly?: boolean;
  /**
   * Set if the loss is an assumption about training that says nothing about given rows. Left out of plans with a pilot and of
   * compressions, unless there are no other kinds to choose from.
   */
  readonly priorOnly?: boolean;
  /**
   * Set if its tables are trained in integers. They take the step between two levels from the learning rate, so that they are options
   * only with an optimizer whose updates are about as large as the rate: all but `sgd`.
   */
  readonly trainsIntegers?: boolean;
  /** Kinds of your own that its configs name. */
  readonly tableKinds?: readonly TableKind[] | undefined;
  /** Dozens to hundreds of options over the whole range of bytes, in any order. */
  candidates(table: TableToPlan): Iterable<Candidate>;
}

/** Whether a value, such as an export of a module, is a generator. */
export function isOptionGenerator(value: unknown): value is OptionGenerator {
  const { kind, candidates } = (value ?? {}) as { readonly kind?: unknown; readonly candidates?: unknown };
  return typeof kind === 'string' && typeof candidates === 'function';
}

/** Integers from 1 to `most`: the small ones one by one, then each `factor` times the last; ends with `most`. */
export function* growing(most: number, factor: number): Generator<number> {
  for (let n = 1; n < most; n = Math.max(n + 1, Math.floor(n * factor))) yield n;
  if (most >= 1) yield most;
}

/** The largest integer up to `most` that fits, by steps that double from `least` and bisection. `least` must fit. */
export function largestThatFits(least: number, most: number, fits: (n: number) => boolean): number {
  let low = least;
  let step = 1;
  for (; low + step <= most && fits(low + step); step *= 2) low += step;
  let high = Math.min(low + step, most + 1);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** A share as text: `3.4 %`. */
export function percent(share: number): string {
  return `${(100 * share).toPrecision(share >= 0.0995 ? 3 : 2)} %`;
}
