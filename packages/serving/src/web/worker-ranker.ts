import type { SharedRows } from '@ttrec/data';
import type { RawColumns, RawRow } from '@ttrec/data/encoding';
import { checkArgument, checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { disposedError, type Ranker, type Scores } from '../ranker.ts';
import type { RankedCandidate, RankOptions } from '../top.ts';
import type { WebRankerOptions, WebRankerSource } from './open-ranker.ts';
import { WorkerLink } from './worker-link.ts';
import type { RankerFacts, RankerMethod } from './worker-messages.ts';

export type WorkerRankerOptions = Pick<WebRankerOptions, 'simd' | 'integrity'>;

/**
 * Opens a model file in a worker that runs the module `@ttrec/serving/web/worker`, so that the thread of the page stays free. A worker may
 * hold several rankers.
 *
 * @param source an address, relative to the page, or the bytes of a file
 * @throws what `openRanker` throws, and `serving/worker-lost` if the worker does not start or ends
 */
export async function openRankerInWorker(
  worker: Worker,
  source: WebRankerSource,
  options: WorkerRankerOptions = {},
): Promise<WorkerRanker> {
  checkArgument(error, 'openRankerInWorker, worker', worker, 'a Worker', 'postMessage', 'addEventListener');
  checkOptions(error, 'openRankerInWorker', options, {
    simd: ['auto', 'strict', 'relaxed'],
    integrity: 'string',
  });
  const link = WorkerLink.to(worker);
  const number = link.newRanker();
  const isAddress = typeof source === 'string' || source instanceof URL;
  const absolute = isAddress ? new URL(source, document.baseURI).href : source;
  const facts = (await link.call('open', number, [absolute, options])) as RankerFacts;
  return new RankerInWorker(link, number, facts);
}

/** A ranker in a worker: its calls are those of `Ranker`, with the same bits. They reject with `serving/worker-lost` when the worker ends. */
export interface WorkerRanker
  extends
    AsyncDisposable,
    Pick<
      Ranker,
      | 'source'
      | 'columns'
      | 'schema'
      | 'step'
      | 'fetched'
      | 'score'
      | 'scoreColumns'
      | 'scoreEncoded'
      | 'scoreCandidates'
      | 'rank'
      | 'dispose'
    > {}

class RankerInWorker implements WorkerRanker {
  readonly source: Ranker['source'];
  readonly columns: Ranker['columns'];
  readonly schema: Ranker['schema'];
  readonly step: Ranker['step'];
  readonly fetched: Ranker['fetched'];
  readonly #link: WorkerLink;
  readonly #number: number;
  #disposed: Promise<void> | undefined;

  constructor(link: WorkerLink, number: number, { source, columns, schema, step, fetched }: RankerFacts) {
    this.source = source;
    this.columns = columns;
    this.schema = schema;
    this.step = step;
    this.fetched = fetched;
    this.#link = link;
    this.#number = number;
  }

  score(rows: readonly RawRow[]): Promise<Scores> {
    return this.#call('score', rows) as Promise<Scores>;
  }

  scoreColumns(columns: RawColumns): Promise<Scores> {
    return this.#call('scoreColumns', columns) as Promise<Scores>;
  }

  scoreEncoded(rows: SharedRows): Promise<Scores> {
    return this.#call('scoreEncoded', rows) as Promise<Scores>;
  }

  scoreCandidates(context: RawRow, candidates: readonly RawRow[]): Promise<Scores> {
    return this.#call('scoreCandidates', context, candidates) as Promise<Scores>;
  }

  rank(
    context: RawRow,
    candidates: readonly RawRow[],
    options: RankOptions = {},
  ): Promise<RankedCandidate[]> {
    return this.#call('rank', context, candidates, options) as Promise<RankedCandidate[]>;
  }

  /** Waits for the calls under way, then frees the model. The worker goes on. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#link.call('dispose', this.#number, []) as Promise<void>;
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #call(method: RankerMethod, ...args: readonly unknown[]): Promise<unknown> {
    if (this.#disposed) throw disposedError(this.source);
    return this.#link.call(method, this.#number, args);
  }
}
