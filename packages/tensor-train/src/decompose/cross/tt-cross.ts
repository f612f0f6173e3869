import type { RandomStream } from '@ttrec/core';
import { checkFactors, checkFunction, checkInteger, checkOptions, checkStream } from '../../check.ts';
import { error } from '../../error.ts';
import { type ClippedRank, clipRanks } from '../../shapes/rank-limits.ts';
import { checkFactorPairs, checkShape, expandRanks, type Factors } from '../../shapes/tt-shape.ts';
import { combinedModes, type FlatTT } from '../../tt/flat-tt.ts';
import type { TTMatrix } from '../../tt/tt-matrix.ts';
import type { TTTensor } from '../../tt/tt-tensor.ts';
import { matrixOf, tensorOf } from '../../tt/unflatten.ts';
import { type Judge, judgeBy } from './cross-check.ts';
import { type Cross, crossSweeps, type Evaluate } from './cross-sweeps.ts';
import { roundFlat } from '../round.ts';
import { throwNotFinite } from '../unfold.ts';

const MOST_SWEEPS = 10;
const GROWING_SWEEPS = 2;
const MOST_RANK = 128;
/** The relative error by default where ranks are given: rounding. */
const EXACT = 1e-10;

export interface CrossOptions {
  /**
   * One number for all inner ranks, the inner ranks [d - 1], or all ranks [d + 1]. They may be too large. Without them,
   * `relativeError` is required: ranks are doubled from 2 on until it is met, and the result is rounded to it.
   */
  readonly ranks?: number | readonly number[] | undefined;
  /** Stops when the sampled error is at most this; 1e-10 by default if there are `ranks`. */
  readonly relativeError?: number | undefined;
  /** The largest rank if there are no `ranks`, 128 by default. */
  readonly maxRank?: number | undefined;
  /** Draws the first index sets and the test entries, through child streams. */
  readonly stream: RandomStream;
  /** The most sweeps (to the right and back), 10 by default; at most 2 before ranks grow. */
  readonly maxSweeps?: number | undefined;
  /** Random entries off the crosses that each sweep is tested on, drawn anew each time, 200 by default. */
  readonly testEntries?: number | undefined;
}

export interface CrossReport<T> {
  readonly tt: T;
  /**
   * The root mean square error at the test entries, or at those off the crosses if that is larger, as a fraction of the
   * root mean square of the function there. An estimate, not a bound. Infinity if the function is zero at all of them.
   */
  readonly sampledError: number;
  /** Whether `sampledError` is at most `relativeError`; false if the function is zero at all test entries. */
  readonly converged: boolean;
  /** Evaluations of the function, including those of test entries. */
  readonly evaluations: number;
  readonly clipped: readonly ClippedRank[];
}

const CROSS_OPTIONS = ['ranks', 'relativeError', 'maxRank', 'stream', 'maxSweeps', 'testEntries'] as const;

/**
 * TT-cross approximation of a tensor that is given as a function, from O(d n r^2) of its entries. Each sweep evaluates
 * the function at crosses of left indices, one whole mode and right indices, and keeps the indices of nearly maximal
 * volume. A tensor of these TT-ranks is usually recovered exactly.
 *
 * Oseledets and Tyrtyshnikov, "TT-cross approximation for multidimensional arrays", Lin. Alg. Appl. 432, 2010.
 *
 * @param at returns the entry at i_1 … i_d; the index array is reused for the next entry
 * @throws `tensor-train/bad-factors`, `bad-ranks`, `bad-cross` (invalid options, or neither ranks nor a relative error),
 *   `not-finite` (naming the index)
 */
export function ttCrossTensor(
  at: (index: Uint32Array) => number,
  modes: readonly number[],
  options: CrossOptions,
): CrossReport<TTTensor<Float64Array>> {
  checkFunction('at', at);
  checkFactors('modes', modes);
  checkOptions('ttCrossTensor', options, CROSS_OPTIONS);
  const { flat, ...report } = cross(at, modes, options);
  return { ...report, tt: tensorOf(flat) };
}

/**
 * `ttCrossTensor` for a table that is given as a function of row and column, which must be defined for all rows that
 * the row factors hold, padding included.
 *
 * @throws the same errors as `ttCrossTensor`
 */
export function ttCross(
  at: (row: number, column: number) => number,
  factors: Factors,
  options: CrossOptions,
): CrossReport<TTMatrix<Float64Array>> {
  checkFunction('at', at);
  checkOptions('ttCross', options, CROSS_OPTIONS);
  checkFactorPairs(factors);
  const { rowShape, colShape } = factors;
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
  const { flat, ...report } = cross(entry, combinedModes({ rowShape, colShape }), options);
  return { ...report, tt: matrixOf(flat, rowShape, colShape) };
}

interface Found {
  readonly cross: Cross;
  readonly sampledError: number;
}

function cross(
  at: Evaluate,
  modes: readonly number[],
  options: CrossOptions,
): Omit<CrossReport<never>, 'tt'> & { flat: FlatTT } {
  const { ranks, stream, testEntries = 200 } = options;
  const relativeError = checkCross(options);
  let evaluations = 0;
  let onlyZeros = true;
  const evaluate: Evaluate = (index) => {
    evaluations++;
    const value = at(index);
    if (!Number.isFinite(value)) throwNotFinite(`entry ${index.join(', ')}`, value);
    if (value !== 0) onlyZeros = false;
    return value;
  };
  const judge = judgeBy({ evaluate, modes, stream: stream.child('test entries') }, testEntries);
  const search: Search = (searched, enough, sweeps) => {
    const problem = { evaluate, modes, ranks: searched, stream: stream.child('right indices') };
    let best: Found | undefined;
    let sweep = 0;
    for (const found of crossSweeps(problem)) {
      const sampledError = judge(found);
      if (best === undefined || sampledError < best.sampledError) best = { cross: found, sampledError };
      // Sweeps choose entries by their size; among zeros there is nothing to choose.
      if (best.sampledError <= enough || ++sweep === sweeps || onlyZeros) break;
    }
    return best!;
  };
  const { ranks: useful, clipped } = clipRanks(modes, ranksOfModes(modes, ranks ?? 1));
  const found =
    ranks === undefined
      ? grow({ search, judge, modes, isHopeless: () => onlyZeros }, { ...options, relativeError })
      : search(useful, relativeError, options.maxSweeps ?? MOST_SWEEPS);
  const { sampledError } = found;
  const report = { sampledError, converged: sampledError <= relativeError, evaluations, clipped };
  return { ...report, flat: found.cross.tt };
}

/** Sweeps with ranks r_k, [d + 1], until the error is at most `enough`, at most so many times. */
type Search = (ranks: readonly number[], enough: number, sweeps: number) => Found;

interface Growth {
  readonly search: Search;
  readonly judge: Judge;
  readonly modes: readonly number[];
  /** Whether larger ranks cannot help. */
  readonly isHopeless: () => boolean;
}

/** Doubles the ranks until half the error is met, and leaves the other half to rounding. */
function grow(
  { search, judge, modes, isHopeless }: Growth,
  { relativeError, maxRank = MOST_RANK, maxSweeps = MOST_SWEEPS }: CrossOptions & { relativeError: number },
): Found {
  const enough = relativeError / 2;
  let best: Found | undefined;
  for (let rank = Math.min(2, maxRank); ; rank = Math.min(2 * rank, maxRank)) {
    const { ranks } = clipRanks(modes, ranksOfModes(modes, rank));
    const last = rank === maxRank || ranks.every((useful) => useful < rank);
    const found = search(ranks, enough, last ? maxSweeps : Math.min(GROWING_SWEEPS, maxSweeps));
    if (best === undefined || found.sampledError < best.sampledError) best = found;
    if (last || best.sampledError <= enough || isHopeless()) break;
  }
  if (best.sampledError > enough) return best;
  const rounded = { ...best.cross, tt: roundFlat(best.cross.tt, { relativeError: enough }).flat };
  return { cross: rounded, sampledError: judge(rounded) };
}

/** Checks the options, and returns the relative error. */
function checkCross(options: CrossOptions): number {
  const { ranks, stream, maxSweeps = MOST_SWEEPS, testEntries = 200, maxRank = MOST_RANK } = options;
  checkStream('TT-cross', stream);
  checkInteger('bad-cross', 'maxSweeps', maxSweeps);
  checkInteger('bad-cross', 'testEntries', testEntries);
  checkInteger('bad-cross', 'maxRank', maxRank);
  const relativeError = options.relativeError ?? (ranks === undefined ? undefined : EXACT);
  if (relativeError === undefined) {
    const rule = 'must hold ranks, a relativeError, or both';
    throw error('bad-cross', { subject: 'options', rule, got: 'none' });
  }
  if (!(Number.isFinite(relativeError) && relativeError >= 0)) {
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
