export type { RankerColumn } from './columns.ts';
export type { FetchReport } from './open/fetch-ranges.ts';
export type { FetchOptions } from './open/request.ts';
export type { ModelBytes } from './open/model-bytes.ts';
export { openRanker, type OpenRankerOptions, type RankerSource } from './open-ranker.ts';
export type { Ranker, Scores } from './ranker.ts';
export type { RankedCandidate, RankOptions } from './top.ts';
