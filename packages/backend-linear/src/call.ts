import type { LinearKernel } from './kernel-names.ts';

/** An argument that differs from part to part, or from thread to thread. */
export interface Moving {
  /** For the whole call on the calling thread. */
  readonly base: number;
  /** What is added for every unit before the part. */
  readonly perUnit: number;
  /** What is added for every thread before the one that computes. */
  readonly perThread: number;
  /** The argument is how many units the part has. */
  readonly counts: boolean;
}

export type Argument = number | Moving;

/** How a call may be cut: into parts that write apart from each other and of which none is part of another's sum. */
export interface Split {
  /** Rows, columns, nodes: what is cut. */
  readonly units: number;
  /** Least units of a part; parts begin at multiples of it. */
  readonly grain: number;
  /** About what the whole takes one thread, in nanoseconds. */
  readonly cost: number;
  /** Parts that each thread is to have; more balance better, but a part may repeat work of the others. */
  readonly partsPerThread: number;
}

/** A kernel with its arguments: plain numbers, which go to another thread as they are. */
export interface Call {
  readonly kernel: LinearKernel;
  readonly args: readonly Argument[];
  readonly split?: Split;
}

/** Where the parts of `units` begin and end: multiples of the grain, the rest in the last one. */
export interface Cut {
  readonly units: number;
  readonly grain: number;
  readonly parts: number;
}

/** More parts than this are never worth it, and engines count them in eight bits. */
export const MOST_PARTS = 255;
/** Nanoseconds of work below which a part is not worth its hand-over: some microseconds, or ten to wake who sleeps. */
export const LEAST_PART = 15_000;

/** Into how many parts a call is cut; undefined when that is not worth it. */
export function cutOf(
  { units, grain, cost, partsPerThread }: Split,
  threads: number,
  leastPart: number,
): Cut | undefined {
  const worth = Math.floor(cost / leastPart);
  const parts = Math.min(threads * partsPerThread, worth, Math.floor(units / grain), MOST_PARTS);
  return parts < 2 ? undefined : { units, grain, parts };
}
