import type { Ranker } from '../ranker.ts';

/** Marks the messages of rankers among others. */
export const CHANNEL = 'ttrec serving';

/** What a ranker does in a worker. */
export type RankerMethod = 'score' | 'scoreColumns' | 'scoreEncoded' | 'scoreCandidates' | 'rank' | 'dispose';

export interface RankerRequest {
  readonly channel: typeof CHANNEL;
  readonly id: number;
  /** `hold` takes the lock of this name for life; `open` makes ranker number `ranker`. */
  readonly method: 'hold' | 'open' | RankerMethod;
  readonly ranker: number;
  readonly args: readonly unknown[];
}

export type RankerAnswer = { readonly channel: typeof CHANNEL; readonly id: number } & (
  | { readonly value: unknown }
  | {
      readonly thrown: { readonly name: string; readonly message: string; readonly code: string | undefined };
    }
);

/** What a page knows of a ranker in a worker. */
export type RankerFacts = Pick<Ranker, 'source' | 'columns' | 'schema' | 'step' | 'fetched'>;
