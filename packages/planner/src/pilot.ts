import { checkOptions } from '@ttrec/core';
import { ttSvd, ttSvdWeighted, type Matmul } from '@ttrec/tensor-train';
import { maximalRanks } from '@ttrec/tensor-train/shapes';
import { error } from './error.ts';
import type { PilotPoint } from './train-loss.ts';
import { trainFactors } from './kinds/tt.ts';

/** A matrix [N, D] of trained rows, as `ttSvd` takes it. */
type Table = Parameters<typeof ttSvd>[0];

/** Ranks that a pilot tries when none are named. */
const RANKS = [1, 2, 4, 8, 16, 32];

/**
 * Decomposes a trained table at some ranks, and tells what share of its squared norm each loses: weighted by `counts`,
 * which makes rows that are read often count more, or plainly. For `PlanFeature.pilot`, in the place of the prior.
 *
 * Ranks above the useful maximum of the table are left out. One TT-SVD a rank, in memory, and with counts the refinements
 * of `ttSvdWeighted`: O(N D) numbers and some seconds for a million rows. For a larger table, hand in its first rows:
 * those that are read most.
 *
 * @throws `planner/unknown-option`, and what `ttSvd` and `ttSvdWeighted` throw
 */
export function pilotTrains(
  table: Table,
  options: {
    readonly counts?: ArrayLike<number>;
    /** By rising rank. */
    readonly ranks?: readonly number[];
    readonly matmul?: Matmul;
  } = {},
): PilotPoint[] {
  checkOptions(error, 'pilotTrains', options, { counts: 'any', ranks: 'any', matmul: 'any' });
  const { counts, ranks = RANKS, matmul } = options;
  const weights = counts === undefined ? undefined : Float64Array.from(counts);
  const shared = matmul === undefined ? {} : { matmul };
  const { rowShape, colShape } = trainFactors(table.shape[0]!, table.shape[1]!);
  const most = Math.max(...maximalRanks(rowShape, colShape));
  return ranks
    .filter((rank, k) => rank <= most || k === 0)
    .map((rank) => {
      const relative =
        weights === undefined
          ? ttSvd(table, { ranks: rank, ...shared }).relativeError
          : ttSvdWeighted(table, { ranks: rank, weights, ...shared }).relativeWeightedError;
      return { rank, loss: relative * relative };
    });
}
