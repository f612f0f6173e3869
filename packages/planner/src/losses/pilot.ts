import { checkArgument, checkOptions } from '@ttrec/core/options';
import { ttSvd, type Matmul } from '@ttrec/tensor-train';
import { ttSvdWeighted } from '@ttrec/tensor-train/decompose';
import { maximalRanks } from '@ttrec/tensor-train/shapes';
import { error } from '../error.ts';
import type { PilotPoint } from './tt-loss.ts';
import { ttFactors } from '../kinds/tt.ts';

/** A matrix [N, D] of trained rows, as `ttSvd` takes it. */
type Table = Parameters<typeof ttSvd>[0];

/** Default ranks. */
const RANKS = [1, 2, 4, 8, 16, 32];

/**
 * Measures what a trained table loses as a TT: decomposes it at several ranks and returns the share of its squared norm
 * that each rank loses, weighted by `counts` if given. Pass the result as `PlanFeature.pilot`; it replaces the prior.
 *
 * Ranks above the useful maximum of the table are left out. Runs one TT-SVD for each rank in memory, with counts
 * `ttSvdWeighted`: O(N D) numbers, seconds for a million rows. For a larger table, pass the rows that are read most.
 *
 * @throws `planner/unknown-option`, and what `ttSvd` and `ttSvdWeighted` throw
 */
export function pilotTT(
  table: Table,
  options: {
    readonly counts?: ArrayLike<number> | undefined;
    /** Ascending. */
    readonly ranks?: readonly number[];
    readonly matmul?: Matmul | undefined;
  } = {},
): PilotPoint[] {
  checkArgument(error, 'pilotTT, table', table, 'a matrix', 'shape', 'data');
  checkOptions(error, 'pilotTT', options, { counts: 'any', ranks: 'any', matmul: 'any' });
  const { counts, ranks = RANKS, matmul } = options;
  const weights = counts === undefined ? undefined : Float64Array.from(counts);
  const shared = matmul === undefined ? {} : { matmul };
  const { rowShape, colShape } = ttFactors(table.shape[0]!, table.shape[1]!);
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
