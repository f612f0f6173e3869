import { counted } from '@ttrec/core';
import { HttpError, httpError, unavailable } from '../http-error.ts';
import { peek } from '../protocol/peek.ts';
import type { AnsweredBy, RequestModel, RequestResult, SentRequest } from './request-model.ts';
import { ExecutionStatistics } from './statistics.ts';

export interface BatchingOptions {
  /** Rows that are scored together, at most, if they are of several requests; 512 by default. */
  readonly maxBatchRows?: number | undefined;
  /** How long a request waits for others while the model works on earlier ones, in milliseconds; 2 by default. */
  readonly maxDelayMs?: number | undefined;
  /** Rows that wait, at most; 4096 by default. More are refused with 503. */
  readonly maxQueueRows?: number | undefined;
  /** Bytes of the bodies that wait, at most; 64 MiB by default. */
  readonly maxQueueBytes?: number | undefined;
}

type Answered = Exclude<RequestResult, { readonly fault: unknown }>;

export interface AnswerOptions {
  /** Milliseconds until the request is answered with 503. */
  readonly timeoutMs?: number | undefined;
  /** The client is gone. */
  readonly signal?: AbortSignal | undefined;
}

/** A request that waits or runs. */
interface Pending {
  readonly request: SentRequest;
  /** About as many as it has. */
  readonly rows: number;
  readonly since: number;
  readonly settle: (result: Answered | HttpError) => void;
}

/** Joins the rows of requests into batches for one model, and bounds what waits. */
export class Batcher {
  readonly statistics = new ExecutionStatistics();
  /** Called with what failed for another reason than a request. */
  onError: ((thrown: unknown) => void) | undefined;
  readonly #model: RequestModel;
  readonly #by: AnsweredBy;
  readonly #maxBatchRows: number;
  readonly #maxDelayMs: number;
  readonly #maxQueueRows: number;
  readonly #maxQueueBytes: number;
  readonly #queue: Pending[] = [];
  #queueRows = 0;
  #queueBytes = 0;
  #running = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onIdle: (() => void) | undefined;

  /** @param by what the answers say that they are from */
  constructor(model: RequestModel, by: AnsweredBy, options: BatchingOptions = {}) {
    const { maxBatchRows = 512, maxDelayMs = 2, maxQueueRows = 4096, maxQueueBytes = 2 ** 26 } = options;
    this.#model = model;
    this.#by = by;
    this.#maxBatchRows = maxBatchRows;
    this.#maxDelayMs = maxDelayMs;
    this.#maxQueueRows = maxQueueRows;
    this.#maxQueueBytes = maxQueueBytes;
  }

  /** Rows that wait: about as many as they have. */
  get queueRows(): number {
    return this.#queueRows;
  }

  /**
   * Has one request answered, with others if they wait at the same time.
   *
   * @throws HttpError: 503 for a full queue, a timeout, or a model that failed; what the model answers for a bad request
   */
  answer(request: SentRequest, options: AnswerOptions = {}): Promise<Answered> {
    const { rows, timeoutMs: asked } = peek(request);
    this.#requireRoom(rows, request.body.length);
    const timeoutMs = Math.min(asked ?? Infinity, options.timeoutMs ?? Infinity);
    const { signal } = options;
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const pending: Pending = {
        request,
        rows,
        since: performance.now(),
        settle: (result) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', leave);
          if (result instanceof HttpError) reject(result);
          else resolve(result);
        },
      };
      const leave = () => this.#withdraw(pending, httpError(499, 'disconnected', DISCONNECTED));
      if (timeoutMs !== Infinity) {
        timer = setTimeout(() => this.#withdraw(pending, deadlineError(timeoutMs)), timeoutMs);
      }
      signal?.addEventListener('abort', leave);
      this.#queue.push(pending);
      this.#queueRows += rows;
      this.#queueBytes += request.body.length;
      this.#dispatch();
    });
  }

  /**
   * Refuses a request by its size, before its body is read: where the queue is at least half full, and has no room for as many rows as so
   * many of its bytes hold. What is let through is counted when it is read.
   *
   * @throws HttpError with status 503
   */
  requireRoomFor(bytes: number | undefined): void {
    if (bytes === undefined || 2 * this.#queueRows < this.#maxQueueRows) return;
    this.#requireRoom(Math.floor((bytes * this.#queueRows) / this.#queueBytes), bytes);
  }

  /** @throws HttpError with status 503 */
  #requireRoom(rows: number, bytes: number): void {
    if (this.#queue.length === 0) return;
    if (this.#queueRows + rows > this.#maxQueueRows) {
      throw queueFull(`${counted(rows, 'row')}, of ${this.#maxQueueRows}`, `${this.#queueRows} waiting`);
    }
    if (this.#queueBytes + bytes > this.#maxQueueBytes) {
      throw queueFull(`${counted(bytes, 'byte')}, of ${this.#maxQueueBytes}`, `${this.#queueBytes} waiting`);
    }
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
      this.#leave(pending);
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
    let sum = 0;
    while (this.#queue.length > 0) {
      const { rows } = this.#queue[0]!;
      if (batch.length > 0 && sum + rows > this.#maxBatchRows) break;
      const pending = this.#queue.shift()!;
      this.#leave(pending);
      batch.push(pending);
      sum += rows;
    }
    return batch;
  }

  #leave({ rows, request }: Pending): void {
    this.#queueRows -= rows;
    this.#queueBytes -= request.body.length;
  }

  async #run(batch: readonly Pending[]): Promise<void> {
    this.#running++;
    const start = performance.now();
    // The bytes may be another thread's then.
    const requests = batch.map(({ request }) => request);
    try {
      const results = await this.#model.answer(requests, this.#by);
      this.statistics.execution(
        batch.map(({ since }, i) => ({ rows: rowsOf(results[i]!), waited: start - since })),
        performance.now() - start,
      );
      batch.forEach(({ settle }, i) => {
        const result = results[i]!;
        settle('fault' in result ? new HttpError(result.fault.status, result.fault) : result);
      });
    } catch (thrown) {
      const isKnown = thrown instanceof HttpError;
      if (!isKnown) this.onError?.(thrown);
      const answer = isKnown ? thrown : failedModel(thrown);
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

function rowsOf(result: RequestResult): number {
  return 'fault' in result ? 0 : result.rows;
}

function queueFull(room: string, got: string): HttpError {
  return unavailable('queue-full', {
    subject: 'queue',
    rule: `must have room for ${room}`,
    got,
    hint: 'Send the request again later.',
  });
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
