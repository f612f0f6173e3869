export type { RankerColumn } from './columns.ts';
export { openRanker, type OpenRankerOptions } from './open-ranker.ts';
export type { Ranker, Scores } from './ranker.ts';
export type { RankedCandidate, RankOptions } from './top.ts';
