import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../option-generator.ts';

/** Neighbouring ranks, beyond the first ten. */
const STEP = 1.1;

/** Every id has a row of its own, of `rank` numbers, and a matrix that all share makes D of them. See `TrainLoss.ofColumns`. */
export const lowRankOptions: OptionGenerator = {
  kind: 'low-rank',
  priorOnly: true,
  *candidates(table) {
    for (const rank of growing(table.size.embeddingDim - 1, STEP)) yield lowRank(table, rank);
  },
};

export function lowRank(table: TableToPlan, rank: number): Candidate {
  const { numEmbeddings, embeddingDim } = table.size;
  const loss = table.trains.ofColumns(rank, embeddingDim);
  return {
    config: { kind: 'low-rank', rank },
    loss,
    explain: () =>
      `every id has ${rank} numbers of ${embeddingDim}; what they miss is ${percent(loss)} by the prior`,
    grow(bytes) {
      const most = Math.min(embeddingDim - 1, Math.floor(bytes / (4 * (numEmbeddings + embeddingDim))));
      return most > rank ? lowRank(table, most) : undefined;
    },
  };
}
