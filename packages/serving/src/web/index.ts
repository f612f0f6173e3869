/** Scoring in a page or a worker, the engine included. */
export type { FetchReport } from '../open/fetch-ranges.ts';
export type { FetchOptions } from '../open/request.ts';
export type { ModelBytes } from '../open/model-bytes.ts';
export type { Ranker, Scores } from '../ranker.ts';
export type { RankedCandidate, RankOptions } from '../top.ts';
export { openRanker, type WebRankerOptions, type WebRankerSource } from './open-ranker.ts';
export { openRankerInWorker, type WorkerRanker, type WorkerRankerOptions } from './worker-ranker.ts';
