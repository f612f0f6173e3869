import type { RandomStream } from '@ttrec/random';
import { checkFactors, checkInteger } from '../check.ts';
import { error } from '../error.ts';
import { clipRanks, type ClippedRank } from '../shapes/rank-limits.ts';
import { checkShape, expandRanks, type TTShape } from '../shapes/tt-shape.ts';
import { matrixOf, tensorOf } from '../trains/train.ts';
import type { TTMatrix } from '../trains/tt-matrix.ts';
import type { TTTensor } from '../trains/tt-tensor.ts';
import { crossSweeps, testSet, type CrossResult, type Evaluate } from './cross-sweeps.ts';
import { throwNotFinite } from './unfold.ts';

export interface CrossOptions {
  /** One rank for all inner places, the inner ranks [d - 1], or all ranks [d + 1]. More than enough does no harm. */
  readonly ranks: number | readonly number[];
  /** Where the first sets of indices and the test entries come from. The stream itself does not move. */
  readonly stream: RandomStream;
  /** Sweeps (there and back) at most, 10 by default. */
  readonly maxSweeps?: number;
  /** Stops when the test entries are met to this fraction of their norm, 1e-10 by default. */
  readonly tolerance?: number;
  /** Entries drawn at random to judge by, 200 by default. */
  readonly testEntries?: number;
}

export interface CrossReport<T> {
  readonly tt: T;
  /** Distance to the function on the test entries, as a fraction of their norm. An estimate, not a bound. */
  readonly sampledError: number;
  /** Whether that met the tolerance. */
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
 * @throws `tensor-train/bad-factors`, `bad-ranks`, `bad-cross` (options), `not-finite` (naming the index)
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
  const { maxSweeps = 10, tolerance = 1e-10, testEntries = 200, stream } = options;
  checkInteger('bad-cross', 'maxSweeps', maxSweeps);
  checkInteger('bad-cross', 'testEntries', testEntries);
  if (!(tolerance >= 0)) {
    throw error('bad-cross', {
      subject: 'tolerance',
      rule: 'must be a number of at least 0',
      got: tolerance,
    });
  }
  const { ranks, clipped } = clipRanks(modes, ranksOfModes(modes, options.ranks));
  let evaluations = 0;
  const evaluate: Evaluate = (index) => {
    evaluations++;
    const value = at(index);
    if (!Number.isFinite(value)) throwNotFinite(`entry ${index.join(', ')}`, value);
    return value;
  };
  const judge = testSet({ evaluate, modes, stream: stream.child('test entries') }, testEntries);
  let best: CrossResult | undefined;
  let sweep = 0;
  for (const train of crossSweeps({ evaluate, modes, ranks, stream: stream.child('right indices') })) {
    const sampledError = judge(train);
    if (best === undefined || sampledError < best.sampledError) best = { train, sampledError };
    if (best.sampledError <= tolerance || ++sweep === maxSweeps) break;
  }
  return { ...best!, converged: best!.sampledError <= tolerance, evaluations, clipped };
}

function ranksOfModes(modes: readonly number[], asked: number | readonly number[]): number[] {
  const ranks = expandRanks(asked, modes.length);
  checkShape({ rowShape: modes, colShape: modes.map(() => 1), ranks });
  return ranks;
}
