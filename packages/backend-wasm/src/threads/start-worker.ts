import { worker as workerSource } from '../generated/worker.ts';
import { nameOfLock, whenFree } from './life-lock.ts';
import { nodeModule } from './node-module.ts';
import type * as threads from 'node:worker_threads';

/** A worker as its starter sees it, in Node and elsewhere. */
export interface StartedWorker {
  /** Name of the lock that it is to hold while it lives; undefined if its end is known without one. */
  readonly lock: string | undefined;
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Replaces the listeners: for messages, and for the reason of an unexpected end. */
  listen(onMessage: (message: unknown) => void, onFailure: (reason: string) => void): void;
  /** It holds its lock: from now on, losing the lock reports its end. */
  watchLock(): void;
  /** Whether it ended, as far as that is to be seen while the event loop stands still: in Node; false elsewhere. */
  hasEnded(): boolean;
  /** Whether it keeps a process alive: while an answer is awaited. */
  keepAlive(on: boolean): void;
  terminate(): Promise<void>;
}

/** Whether there are any workers here. */
export function hasWorkers(): boolean {
  const { Worker } = globalThis as Partial<typeof globalThis>;
  return nodeModule('node:worker_threads') !== undefined || Worker !== undefined;
}

/**
 * Starts a worker from the source that this package carries, or from where a page hosts it. Node needs no `url`.
 * May throw, or fail later, where a page's policy refuses it.
 */
export function startWorker(url: string | undefined): StartedWorker {
  const node = nodeModule('node:worker_threads');
  return node === undefined ? startWebWorker(url) : startNodeWorker(node);
}

function startNodeWorker({ Worker }: typeof threads): StartedWorker {
  // Flags of this process, such as loaders of modules, are none of the worker's business.
  const worker = new Worker(workerSource, { eval: true, execArgv: [], name: 'ttrec backend-wasm' });
  const hasEnded = endOf(worker);
  let [onMessage, onFailure]: Parameters<StartedWorker['listen']> = [() => undefined, () => undefined];
  worker.on('online', hasEnded);
  worker.on('message', (message) => {
    hasEnded();
    onMessage(message);
  });
  worker.on('error', (error: Error) => onFailure(error.message));
  worker.on('exit', (code) => onFailure(`the worker ended with code ${code}`));
  return {
    lock: undefined,
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen: (...listeners) => ([onMessage, onFailure] = listeners),
    watchLock: () => undefined,
    hasEnded,
    keepAlive: (on) => (on ? worker.ref() : worker.unref()),
    async terminate() {
      onFailure = () => undefined;
      await worker.terminate();
    },
  };
}

/**
 * The event of a worker's end waits for the event loop of the thread that started it. Its utilization can be read across
 * threads instead: once the worker is gone its idle time is -1, or all is 0 if it was never read before, as before it starts.
 * Hence a first look at the start, when it is online and when it has sent a message: one of them comes when both are so.
 */
function endOf({ performance }: threads.Worker): () => boolean {
  let wasSeen = false;
  return () => {
    const { idle, active } = performance.eventLoopUtilization();
    const isThere = idle >= 0 && active > 0;
    wasSeen ||= isThere;
    return wasSeen && !isThere;
  };
}

function startWebWorker(url: string | undefined): StartedWorker {
  const own = url ?? URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  const worker = new Worker(own, { type: url === undefined ? 'classic' : 'module' });
  const lock = nameOfLock();
  let [onMessage, onFailure]: Parameters<StartedWorker['listen']> = [() => undefined, () => undefined];
  worker.onmessage = ({ data }) => {
    if (url === undefined) URL.revokeObjectURL(own);
    onMessage(data);
  };
  worker.onerror = (event) => {
    // A plain event, without a message, where the script was refused.
    const { message } = event as Partial<ErrorEvent>;
    onFailure(message === undefined || message === '' ? refused(url) : message);
  };
  worker.onmessageerror = () => onFailure('memory cannot be shared with a worker here');
  return {
    lock,
    post: (message, transfer = []) => worker.postMessage(message, { transfer: [...transfer] }),
    listen: (...listeners) => ([onMessage, onFailure] = listeners),
    watchLock: () => whenFree(lock!, () => onFailure('the end of its worker')),
    hasEnded: () => false,
    keepAlive: () => undefined,
    async terminate() {
      onFailure = () => undefined;
      worker.terminate();
    },
  };
}

function refused(url: string | undefined): string {
  return url === undefined
    ? 'a worker made of a Blob was refused: allow worker-src blob: in the content security policy, or give workerUrl'
    : `the worker at ${url} could not be started: its address, its type or the policies of the page forbid it`;
}
