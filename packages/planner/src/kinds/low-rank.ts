import { counted } from '@ttrec/core';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../options/option-generator.ts';

/** Ratio of neighbouring ranks above 10. */
const STEP = 1.1;

/** `rank` numbers for each id, and a shared matrix that projects them to D. See `TTLoss.ofColumns`. */
export const lowRankOptions: OptionGenerator = {
  kind: 'low-rank',
  priorOnly: true,
  *candidates(table) {
    for (const rank of growing(table.size.embeddingDim - 1, STEP)) yield lowRank(table, rank);
  },
};

export function lowRank(table: TableToPlan, rank: number): Candidate {
  const { numEmbeddings, embeddingDim } = table.size;
  const loss = table.ttLoss.ofColumns(rank, embeddingDim);
  return {
    config: { kind: 'low-rank', rank },
    loss,
    explain: () =>
      `every id has ${counted(rank, 'number')} of ${embeddingDim}, which miss ${percent(loss)} by the prior`,
    grow(bytes) {
      const most = Math.min(embeddingDim - 1, Math.floor(bytes / (4 * (numEmbeddings + embeddingDim))));
      return most > rank ? lowRank(table, most) : undefined;
    },
  };
}
