import { readFileSync } from 'node:fs';

/** What `python/ranking.py` wrote: metrics of scikit-learn on rows with ties. */
export interface SklearnRanking {
  readonly labels: number[];
  readonly scores: number[];
  readonly weights: number[];
  readonly groups: number[];
  readonly k: number;
  readonly averagePrecision: number;
  readonly weightedAveragePrecision: number;
  readonly brier: number;
  readonly weightedBrier: number;
  readonly bins: { readonly count: number; readonly rate: number[]; readonly predicted: number[] };
  readonly gauc: number;
  readonly ndcg: number;
}

export function sklearnRanking(): SklearnRanking[] {
  const file = new URL('../fixtures/ranking.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as SklearnRanking[];
}
