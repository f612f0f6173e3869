import type { RandomStream } from '@ttrec/core';
import { checkFactors, checkInteger } from '../check.ts';
import { error } from '../error.ts';
import { clipRanks, type ClippedRank } from '../shapes/rank-limits.ts';
import { checkShape, expandRanks, type TTShape } from '../shapes/tt-shape.ts';
import { matrixOf, tensorOf, trainOf, type Train } from '../trains/train.ts';
import type { TTMatrix } from '../trains/tt-matrix.ts';
import type { TTTensor } from '../trains/tt-tensor.ts';
import { crossSweeps, testSet, type CrossResult, type Evaluate } from './cross-sweeps.ts';
import { round } from './round.ts';
import { throwNotFinite } from './unfold.ts';

const MOST_SWEEPS = 10;
const GROWING_SWEEPS = 2;
const MOST_RANK = 128;
/** The relative error of ranks that are given: all but rounding. */
const EXACT = 1e-10;

export interface CrossOptions {
  /**
   * One rank for all inner places, the inner ranks [d - 1], or all ranks [d + 1]. More than enough does no harm. Without
   * them, ranks are doubled from 2 on until `relativeError`, then required, is met, and the result is rounded to it.
   */
  readonly ranks?: number | readonly number[];
  /** Stops when the test entries are met to this fraction of their norm; with `ranks`, 1e-10 by default. */
  readonly relativeError?: number;
  /** Where ranks that are not given stop to grow, 128 by default. */
  readonly maxRank?: number;
  /** Where the first sets of indices and the test entries come from. The stream itself does not move. */
  readonly stream: RandomStream;
  /** Sweeps (there and back) at most, 10 by default; ranks that may still grow get 2. */
  readonly maxSweeps?: number;
  /** Entries drawn at random to judge by, 200 by default. */
  readonly testEntries?: number;
}

export interface CrossReport<T> {
  readonly tt: T;
  /** Distance to the function on the test entries, as a fraction of their norm. An estimate, not a bound. */
  readonly sampledError: number;
  /** Whether that met the relative error. */
  readonly converged: boolean;
  /** Evaluations of the function, the test entries included. */
  readonly evaluations: number;
  readonly clipped: readonly ClippedRank[];
}

/**
 * TT-cross: a tensor that is given as a function only, from O(d n r^2) of its entries. Each sweep evaluates the function
 * where kept left indices, one whole mode and kept right indices cross, and keeps the indices of (nearly) largest
 * volume. Finds a tensor of these ranks exactly, as a rule; on others it is near the best.
 *
 * Oseledets and Tyrtyshnikov, "TT-cross approximation for multidimensional arrays", Lin. Alg. Appl. 432, 2010.
 *
 * @param at the entry at i_1 … i_d; the array it is given is used again for the next entry
 * @throws `tensor-train/bad-factors`, `bad-ranks`, `bad-cross` (options; neither ranks nor a relative error),
 *   `not-finite` (naming the index)
 */
export function ttCrossTensor(
  at: (index: Uint32Array) => number,
  modes: readonly number[],
  options: CrossOptions,
): CrossReport<TTTensor<Float64Array>> {
  checkFactors('modes', modes);
  const { train, ...report } = cross(at, modes, options);
  return { ...report, tt: tensorOf(train) };
}

/**
 * `ttCrossTensor` for a table that is given as a function of row and column, defined for all rows that the row factors
 * hold: O(d p q r^2) entries.
 *
 * @throws as `ttCrossTensor` does
 */
export function ttCross(
  at: (row: number, column: number) => number,
  { rowShape, colShape }: Pick<TTShape, 'rowShape' | 'colShape'>,
  options: CrossOptions,
): CrossReport<TTMatrix<Float64Array>> {
  checkShape({ rowShape, colShape, ranks: [...rowShape, 1].map(() => 1) });
  const entry = (index: Uint32Array) => {
    let row = 0;
    let column = 0;
    for (let k = 0; k < rowShape.length; k++) {
      const j = index[k]! % colShape[k]!;
      row = row * rowShape[k]! + (index[k]! - j) / colShape[k]!;
      column = column * colShape[k]! + j;
    }
    return at(row, column);
  };
  const modes = rowShape.map((p, k) => p * colShape[k]!);
  const { train, ...report } = cross(entry, modes, options);
  return { ...report, tt: matrixOf(train, rowShape, colShape) };
}

type Found = CrossResult & Omit<CrossReport<never>, 'tt'>;

function cross(at: Evaluate, modes: readonly number[], options: CrossOptions): Found {
  const { ranks, stream, testEntries = 200 } = options;
  const relativeError = checkCross(options);
  let evaluations = 0;
  const evaluate: Evaluate = (index) => {
    evaluations++;
    const value = at(index);
    if (!Number.isFinite(value)) throwNotFinite(`entry ${index.join(', ')}`, value);
    return value;
  };
  const judge = testSet({ evaluate, modes, stream: stream.child('test entries') }, testEntries);
  const search: Search = (searched, enough, sweeps) => {
    const problem = { evaluate, modes, ranks: searched, stream: stream.child('right indices') };
    return bestSweep(crossSweeps(problem), judge, enough, sweeps);
  };
  if (ranks === undefined) {
    const found = grow(search, judge, modes, { ...options, relativeError });
    return { ...found, converged: found.sampledError <= relativeError, evaluations, clipped: [] };
  }
  const { ranks: useful, clipped } = clipRanks(modes, ranksOfModes(modes, ranks));
  const found = search(useful, relativeError, options.maxSweeps ?? MOST_SWEEPS);
  return { ...found, converged: found.sampledError <= relativeError, evaluations, clipped };
}

/** Sweeps with ranks r_k, [d + 1], until an error is met, or so many times. */
type Search = (ranks: readonly number[], enough: number, sweeps: number) => CrossResult;
type Judge = (train: Train) => number;

function bestSweep(trains: Iterable<Train>, judge: Judge, enough: number, sweeps: number): CrossResult {
  let best: CrossResult | undefined;
  let sweep = 0;
  for (const train of trains) {
    const sampledError = judge(train);
    if (best === undefined || sampledError < best.sampledError) best = { train, sampledError };
    if (best.sampledError <= enough || ++sweep === sweeps) break;
  }
  return best!;
}

/** Doubles the ranks until half the error is met, and gives the other half to rounding. */
function grow(
  search: Search,
  judge: Judge,
  modes: readonly number[],
  { relativeError, maxRank = MOST_RANK, maxSweeps = MOST_SWEEPS }: CrossOptions & { relativeError: number },
): CrossResult {
  const enough = relativeError / 2;
  let best: CrossResult | undefined;
  for (let rank = Math.min(2, maxRank); ; rank = Math.min(2 * rank, maxRank)) {
    const { ranks } = clipRanks(modes, ranksOfModes(modes, rank));
    const last = rank === maxRank || ranks.every((useful) => useful < rank);
    const found = search(ranks, enough, last ? maxSweeps : Math.min(GROWING_SWEEPS, maxSweeps));
    if (best === undefined || found.sampledError < best.sampledError) best = found;
    if (last || best.sampledError <= enough) break;
  }
  if (best.sampledError > enough) return best;
  const train = trainOf(round(tensorOf(best.train), { relativeError: enough }).tt);
  return { train, sampledError: judge(train) };
}

/** Refuses options that are out of range; the relative error, completed. */
function checkCross(options: CrossOptions): number {
  const { ranks, maxSweeps = MOST_SWEEPS, testEntries = 200, maxRank = MOST_RANK } = options;
  checkInteger('bad-cross', 'maxSweeps', maxSweeps);
  checkInteger('bad-cross', 'testEntries', testEntries);
  checkInteger('bad-cross', 'maxRank', maxRank);
  const relativeError = options.relativeError ?? (ranks === undefined ? undefined : EXACT);
  if (relativeError === undefined) {
    const rule = 'must hold ranks, a relativeError, or both';
    throw error('bad-cross', { subject: 'options', rule, got: 'none' });
  }
  if (!(relativeError >= 0)) {
    const rule = 'must be a number of at least 0';
    throw error('bad-cross', { subject: 'relativeError', rule, got: relativeError });
  }
  return relativeError;
}

function ranksOfModes(modes: readonly number[], asked: number | readonly number[]): number[] {
  const ranks = expandRanks(asked, modes.length);
  checkShape({ rowShape: modes, colShape: modes.map(() => 1), ranks });
  return ranks;
}
