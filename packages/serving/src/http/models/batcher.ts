import { HttpError, httpError, unavailable } from '../http-error.ts';
import type { Scores } from '../../ranker.ts';
import type { ScoringInput, ScoringModel } from './scoring-model.ts';
import { ExecutionStatistics } from './statistics.ts';

export interface BatchingOptions {
  /** Rows that are scored together, at most, if they are of several requests; 256 by default. */
  readonly maxBatchRows?: number | undefined;
  /** How long a request waits for others while the model works on earlier ones, in milliseconds; 2 by default. */
  readonly maxDelayMs?: number | undefined;
  /** Rows that wait, at most; 4096 by default. More are refused with 503. */
  readonly maxQueueRows?: number | undefined;
}

export interface ScoreOptions {
  /** Milliseconds until the request is answered with 503. */
  readonly timeoutMs?: number | undefined;
  /** The client is gone. */
  readonly signal?: AbortSignal | undefined;
}

/** A request that waits or runs. */
interface Pending {
  readonly input: ScoringInput;
  readonly since: number;
  readonly settle: (result: Scores | HttpError) => void;
}

/** Joins the rows of requests into batches for one model, and bounds what waits. */
export class Batcher {
  readonly statistics = new ExecutionStatistics();
  readonly #model: ScoringModel;
  readonly #maxBatchRows: number;
  readonly #maxDelayMs: number;
  readonly #maxQueueRows: number;
  readonly #queue: Pending[] = [];
  #queueRows = 0;
  #running = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(model: ScoringModel, options: BatchingOptions = {}) {
    const { maxBatchRows = 256, maxDelayMs = 2, maxQueueRows = 4096 } = options;
    this.#model = model;
    this.#maxBatchRows = maxBatchRows;
    this.#maxDelayMs = maxDelayMs;
    this.#maxQueueRows = maxQueueRows;
  }

  /** Rows that wait. */
  get queueRows(): number {
    return this.#queueRows;
  }

  /**
   * Scores the rows of one request, with those of others if they wait at the same time.
   *
   * @throws HttpError: 503 for a full queue, a timeout, or a model that failed; what scoring answers for bad rows
   */
  score(input: ScoringInput, { timeoutMs, signal }: ScoreOptions = {}): Promise<Scores> {
    if (this.#queue.length > 0 && this.#queueRows + input.size > this.#maxQueueRows) {
      throw unavailable('queue-full', {
        subject: 'queue',
        rule: `must have room for ${input.size} rows, of ${this.#maxQueueRows}`,
        got: `${this.#queueRows} waiting`,
        hint: 'Send the request again later.',
      });
    }
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const pending: Pending = {
        input,
        since: performance.now(),
        settle: (result) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', leave);
          if (result instanceof HttpError) reject(result);
          else resolve(result);
        },
      };
      const leave = () => this.#withdraw(pending, httpError(499, 'disconnected', DISCONNECTED));
      if (timeoutMs !== undefined) {
        timer = setTimeout(() => this.#withdraw(pending, deadlineError(timeoutMs)), timeoutMs);
      }
      signal?.addEventListener('abort', leave);
      this.#queue.push(pending);
      this.#queueRows += input.size;
      this.#dispatch();
    });
  }

  /** Resolves when nothing waits or runs. */
  idle(): Promise<void> {
    if (this.#running === 0 && this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onIdle;
      this.#onIdle = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Answers a request without its scores. One that already runs is dropped when it ends. */
  #withdraw(pending: Pending, answer: HttpError): void {
    const at = this.#queue.indexOf(pending);
    if (at >= 0) {
      this.#queue.splice(at, 1);
      this.#queueRows -= pending.input.size;
    }
    pending.settle(answer);
    this.#noteIdle();
  }

  /** Starts what can start: an idle model at once, a busy one when a batch is full or its first request has waited. */
  #dispatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#queue.length > 0 && this.#running < this.#model.concurrency) {
      const waited = performance.now() - this.#queue[0]!.since;
      if (this.#running > 0 && this.#queueRows < this.#maxBatchRows && waited < this.#maxDelayMs) {
        this.#timer = setTimeout(() => this.#dispatch(), this.#maxDelayMs - waited);
        return;
      }
      void this.#run(this.#takeBatch());
    }
    this.#noteIdle();
  }

  #takeBatch(): Pending[] {
    const batch: Pending[] = [];
    let rows = 0;
    while (this.#queue.length > 0) {
      const { size } = this.#queue[0]!.input;
      if (batch.length > 0 && rows + size > this.#maxBatchRows) break;
      batch.push(this.#queue.shift()!);
      rows += size;
    }
    this.#queueRows -= rows;
    return batch;
  }

  async #run(batch: readonly Pending[]): Promise<void> {
    this.#running++;
    const start = performance.now();
    try {
      const results = await this.#model.score(batch.map(({ input }) => input));
      this.statistics.execution(
        batch.map(({ input, since }) => ({ rows: input.size, waited: start - since })),
        performance.now() - start,
      );
      batch.forEach(({ settle }, i) => {
        const result = results[i]!;
        settle('fault' in result ? new HttpError(result.fault.status, result.fault) : result);
      });
    } catch (thrown) {
      const answer = thrown instanceof HttpError ? thrown : failedModel(thrown);
      for (const { settle } of batch) settle(answer);
    } finally {
      this.#running--;
      this.#dispatch();
    }
  }

  #noteIdle(): void {
    if (this.#running > 0 || this.#queue.length > 0) return;
    this.#onIdle?.();
    this.#onIdle = undefined;
  }
}

const DISCONNECTED = { subject: 'client', rule: 'must stay connected until it is answered' };

function deadlineError(timeoutMs: number): HttpError {
  return unavailable('deadline', {
    subject: 'request',
    rule: `must be answered within its ${timeoutMs} ms, which have passed`,
    hint: 'Send the request again later, or with a longer timeout.',
  });
}

function failedModel(cause: unknown): HttpError {
  return unavailable('model-failed', { subject: 'model', rule: 'failed to score', cause });
}
