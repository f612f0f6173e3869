import type { TTConfig } from '@ttrec/embeddings/kind';
import { parameterCount, ttShape, type TTShape } from '@ttrec/tensor-train';
import { maximalRanks, ranksForBudget } from '@ttrec/tensor-train/shapes';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../option-generator.ts';

/** Neighbouring ranks, beyond the first ten. */
const STEP = 1.1;

/** A tensor train of three cores, whose factors are those that a config gets by itself. */
export const ttOptions: OptionGenerator = {
  kind: 'tt',
  *candidates(table) {
    const factors = trainFactors(table.size.numEmbeddings, table.size.embeddingDim);
    for (const rank of usefulRanks(factors, table.denseBytes)) yield ttCandidate(table, factors, rank);
  },
};

export function ttCandidate(table: TableToPlan, factors: TTShape, ranks: TTConfig['ranks']): Candidate {
  const full = withRanks(factors, ranks);
  const parameters = parameterCount(full);
  const loss = table.trains.of({
    frequencies: table.frequencies,
    rank: meanRank(full.ranks),
    parameters,
    embeddingDim: table.size.embeddingDim,
  });
  const source = table.trains.isMeasured ? 'a pilot on the trained table' : 'the prior';
  return {
    config: { kind: 'tt', ranks: shortRanks(full.ranks) },
    priceAs: { kind: 'tt', ...full },
    loss,
    explain: () => `a train of rank ${shownRanks(full.ranks)} loses ${percent(loss)} by ${source}`,
    grow(bytes) {
      const wider = ranksForBudget(factors, { bytes });
      return parameterCount({ ...factors, ranks: wider }) > parameters
        ? ttCandidate(table, factors, wider)
        : undefined;
    },
  };
}

/** The factors that a `tt` config without any gets, with ranks of 1. */
export function trainFactors(numEmbeddings: number, embeddingDim: number): TTShape {
  return ttShape({ numRows: numEmbeddings, numCols: embeddingDim, ranks: 1 });
}

/** Uniform ranks below the useful maximum that take fewer bytes than `bytes`. */
export function* usefulRanks(factors: TTShape, bytes: number): Generator<number> {
  const most = Math.max(...maximalRanks(factors.rowShape, factors.colShape));
  for (const rank of growing(most, STEP)) {
    if (4 * parameterCount(withRanks(factors, rank)) >= bytes) return;
    yield rank;
  }
}

/** @param ranks one for all inner places, or all of them with both ends; clipped to the maximal ranks */
export function withRanks(factors: TTShape, ranks: TTConfig['ranks']): TTShape {
  const most = maximalRanks(factors.rowShape, factors.colShape);
  const rank = (k: number) => (typeof ranks === 'number' ? ranks : ranks[k]!);
  return { ...factors, ranks: most.map((limit, k) => Math.min(limit, rank(k))) };
}

/** As a config writes them: one number where all inner ranks are the same, else a list of these. */
export function shortRanks(ranks: TTConfig['ranks']): TTConfig['ranks'] {
  if (typeof ranks === 'number') return ranks;
  const inner = ranks.slice(1, -1);
  return inner.every((rank) => rank === inner[0]) ? (inner[0] ?? 1) : inner;
}

/** Geometric mean of the inner ranks; 1 for a train of one core. */
export function meanRank(ranks: readonly number[]): number {
  const inner = ranks.slice(1, -1);
  return Math.exp(inner.reduce((sum, rank) => sum + Math.log(rank), 0) / Math.max(1, inner.length));
}

export function shownRanks(ranks: readonly number[]): string {
  const inner = [...new Set(ranks.slice(1, -1))];
  return inner.join(' and ');
}
