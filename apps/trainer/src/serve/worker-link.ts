import type { Worker } from 'node:worker_threads';
import { TtrecError } from '@ttrec/core';
import { HttpError } from '@ttrec/serving/http';
import { error } from '../error.ts';
import { startThread } from '../workers/start-thread.ts';
import type {
  CallName,
  WorkerAnswer,
  WorkerCall,
  WorkerCalls,
  WorkerFault,
  WorkerMemory,
  WorkerNews,
  WorkerSettings,
} from './messages.ts';

/** Starts the thread that `worker.ts` is. */
export function startWorker(settings: WorkerSettings): Worker {
  const place = { base: import.meta.url, source: './worker.ts', built: 'serve-worker.js' };
  return startThread(place, { workerData: settings, name: 'ttrec score' });
}

/** The code of calls whose worker ended. */
export const WORKER_DIED = 'trainer/worker-died';

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (reason: Error) => void;
}

/** Calls to one worker thread and their answers. */
export class WorkerLink {
  readonly worker: Worker;
  /** Resolves with the words for its engine when it has started; rejects if it ends before. */
  readonly started: Promise<string>;
  /** Resolves when the thread has ended. Its calls have failed then. */
  readonly ended: Promise<void>;
  /** As the worker said last; undefined in its first second. */
  memory: WorkerMemory | undefined;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #hasEnded = false;

  constructor(worker: Worker, onFailure: (text: string) => void) {
    this.worker = worker;
    let start: (engine: string) => void;
    let fail: (reason: Error) => void;
    this.started = new Promise((resolve, reject) => ([start, fail] = [resolve, reject]));
    this.started.catch(() => undefined);
    worker.on('message', (message: WorkerAnswer | WorkerNews) => {
      if ('engine' in message) start(message.engine);
      else if ('failure' in message) onFailure(message.failure);
      else if ('memory' in message) this.memory = message.memory;
      else this.#settle(message);
    });
    worker.on('error', (thrown) => {
      onFailure(thrown instanceof Error ? thrown.message : String(thrown));
      fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
    this.ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#hasEnded = true;
        const reason = workerDied();
        fail(reason);
        for (const { reject } of this.#pending.values()) reject(reason);
        this.#pending.clear();
        resolve();
      });
    });
  }

  /** Calls that wait for their answers. */
  get load(): number {
    return this.#pending.size;
  }

  /** @throws HttpError with status 503 if the worker dies, and the error of ttrec that the call threw */
  call<Name extends CallName>(
    name: Name,
    call: WorkerCalls[Name]['call'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<WorkerCalls[Name]['answer']> {
    if (this.#hasEnded) return Promise.reject(workerDied());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, call } satisfies WorkerCall<Name>, transfer);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  #settle(message: WorkerAnswer): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ('fault' in message) pending?.reject(errorOf(message.fault));
    else pending?.resolve(message.answer as never);
  }
}

function errorOf({ code, parts }: WorkerFault): TtrecError {
  const [packageName, rule] = code.split('/') as [string, string];
  return new TtrecError(packageName, rule, parts);
}

export function workerDied(): HttpError {
  const parts = { subject: 'worker', rule: 'ended while it scored', hint: 'Send the request again.' };
  return new HttpError(503, error('worker-died', parts), { 'retry-after': '1' });
}
