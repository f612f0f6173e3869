import { oncePer, remembered } from '../remembered.ts';
import type { TTConfig } from '@ttrec/embeddings/configs';
import { parameterCount, ttShape, type TTShape } from '@ttrec/tensor-train';
import { maximalRanks, ranksForBudget } from '@ttrec/tensor-train/shapes';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../options/option-generator.ts';

/** Ratio of neighbouring ranks above 10. */
const STEP = 1.1;

/** A TT of three cores with the default factors. */
export const ttOptions: OptionGenerator = {
  kind: 'tt',
  *candidates(table) {
    const factors = ttFactors(table.size.numEmbeddings, table.size.embeddingDim);
    for (const rank of usefulRanks(factors, table.denseBytes)) yield ttCandidate(table, factors, rank);
  },
};

export function ttCandidate(table: TableToPlan, factors: TTShape, ranks: TTConfig['ranks']): Candidate {
  const { shape: full, parameters } = rankedTT(factors, ranks);
  const loss = table.ttLoss.of({
    frequencies: table.frequencies,
    rank: meanRank(full.ranks),
    parameters,
    embeddingDim: table.size.embeddingDim,
  });
  const source = table.ttLoss.isMeasured ? 'a pilot on the trained table' : 'the prior';
  return {
    config: { kind: 'tt', ranks: shortRanks(full.ranks) },
    costConfig: { kind: 'tt', ...full },
    loss,
    explain: () => `a TT of rank ${shownRanks(full.ranks)} loses ${percent(loss)} by ${source}`,
    grow(bytes) {
      const wider = ranksForBudget(factors, { bytes });
      return parameterCount({ ...factors, ranks: wider }) > parameters
        ? ttCandidate(table, factors, wider)
        : undefined;
    },
  };
}

/** Factors take a search to find, and options of a table ask for the same again and again. */
const known = new Map<string, TTShape>();
const MOST_KNOWN = 10_000;

/** The default factors of a `tt` config, with ranks 1. */
export function ttFactors(numEmbeddings: number, embeddingDim: number): TTShape {
  const key = `${numEmbeddings} ${embeddingDim}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size === MOST_KNOWN) known.clear();
  const shape = ttShape({ numRows: numEmbeddings, numCols: embeddingDim, ranks: 1 });
  known.set(key, shape);
  return shape;
}

/** Uniform ranks up to the useful maximum whose TT takes less than `bytes` in float32. */
export function* usefulRanks(factors: TTShape, bytes: number): Generator<number> {
  const most = Math.max(...maximalRanks(factors.rowShape, factors.colShape));
  for (const rank of growing(most, STEP)) {
    if (4 * rankedTT(factors, rank).parameters >= bytes) return;
    yield rank;
  }
}

/** A TT, and the number of elements of its cores. */
interface RankedTT {
  readonly shape: TTShape;
  readonly parameters: number;
}

/** Those of equal ranks, which options under each hypothesis ask for again. */
const ranked = oncePer<TTShape, Map<number, RankedTT>>(() => new Map());

export function rankedTT(factors: TTShape, ranks: TTConfig['ranks']): RankedTT {
  const made = (): RankedTT => {
    const shape = withRanks(factors, ranks);
    return { shape, parameters: parameterCount(shape) };
  };
  return typeof ranks === 'number' ? remembered(ranked(factors), ranks, made) : made();
}

/** Maximal ranks of factors that are used again and again. */
const limitsOf = oncePer(({ rowShape, colShape }: TTShape) => maximalRanks(rowShape, colShape));

/** @param ranks one for all inner places, or all ranks, both ends included; clipped to the maximal ranks */
export function withRanks(factors: TTShape, ranks: TTConfig['ranks']): TTShape {
  const rank = (k: number) => (typeof ranks === 'number' ? ranks : ranks[k]!);
  return { ...factors, ranks: limitsOf(factors).map((limit, k) => Math.min(limit, rank(k))) };
}

/** The short form for a config: one number if all inner ranks are equal, else a list of the inner ranks. */
export function shortRanks(ranks: TTConfig['ranks']): TTConfig['ranks'] {
  if (typeof ranks === 'number') return ranks;
  const inner = ranks.slice(1, -1);
  return inner.every((rank) => rank === inner[0]) ? (inner[0] ?? 1) : inner;
}

/** Geometric mean of the inner ranks; 1 for one core. */
export function meanRank(ranks: readonly number[]): number {
  const inner = ranks.slice(1, -1);
  return Math.exp(inner.reduce((sum, rank) => sum + Math.log(rank), 0) / Math.max(1, inner.length));
}

export function shownRanks(ranks: readonly number[]): string {
  const inner = [...new Set(ranks.slice(1, -1))];
  return inner.join(' and ');
}
