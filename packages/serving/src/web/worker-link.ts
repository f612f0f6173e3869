import { error } from '../error.ts';
import { nameOfLock, whenFree } from './life-lock.ts';
import { CHANNEL, type RankerAnswer, type RankerRequest } from './worker-messages.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

/** The calls from a page to one worker: each is answered, or rejected when the worker is no more. */
export class WorkerLink {
  static readonly #links = new WeakMap<Worker, WorkerLink>();
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #rankers = 0;
  #lost: Error | undefined;

  /** The same for all rankers of a worker. */
  static to(worker: Worker): WorkerLink {
    const link = WorkerLink.#links.get(worker) ?? new WorkerLink(worker);
    WorkerLink.#links.set(worker, link);
    return link;
  }

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<RankerAnswer | null>) => {
      if (data?.channel === CHANNEL) this.#settle(data);
    });
    worker.addEventListener('error', (event) => {
      // A plain event, without a message, where the script was refused.
      const { message } = event as Partial<ErrorEvent>;
      this.#lose(message ? message : 'a worker whose script did not load');
    });
    const lock = nameOfLock();
    if (lock === undefined) return;
    const held = this.call('hold', 0, [lock]);
    held
      .then((holds) => holds === true && whenFree(lock, () => this.#lose('the end of the worker')))
      .catch(() => undefined);
  }

  /** A number for a new ranker. */
  newRanker(): number {
    return ++this.#rankers;
  }

  /** @throws what the call throws in the worker; `serving/worker-lost` */
  call(method: RankerRequest['method'], ranker: number, args: readonly unknown[]): Promise<unknown> {
    if (this.#lost) return Promise.reject(this.#lost);
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ channel: CHANNEL, id, method, ranker, args } satisfies RankerRequest);
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #settle(answer: RankerAnswer): void {
    const waiting = this.#waiting.get(answer.id)!;
    this.#waiting.delete(answer.id);
    if ('value' in answer) waiting.resolve(answer.value);
    else waiting.reject(Object.assign(new Error(answer.thrown.message), answer.thrown));
  }

  #lose(got: string): void {
    this.#lost ??= error('worker-lost', {
      subject: 'the worker of a ranker',
      rule: 'must run the module @ttrec/serving/web/worker as long as its rankers are used',
      got,
      hint: 'Start another worker, and open the model in it.',
    });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#lost);
    this.#waiting.clear();
  }
}
