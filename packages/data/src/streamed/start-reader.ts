import { nodeModule } from '../node-module.ts';
import type { FromReader, ToReader } from './messages.ts';

/** A reading thread as its starter sees it, in Node and elsewhere. */
export interface Reader {
  post(message: ToReader): void;
  /** Whether it keeps a process alive: while a batch is awaited. */
  keepAlive(on: boolean): void;
  terminate(): Promise<void>;
}

/** Receive the messages of a reading thread, and the reason when it fails or ends early. */
export interface Listeners {
  readonly onMessage: (message: FromReader) => void;
  readonly onFailure: (reason: string, cause?: unknown) => void;
}

const UNREADABLE = 'a message that could not be received';

/** @param workerUrl where a page hosts it; in Node it is part of this package */
export async function startReader(
  workerUrl: string | undefined,
  { onMessage, onFailure }: Listeners,
): Promise<Reader> {
  if (workerUrl !== undefined) return startWebWorker(workerUrl, { onMessage, onFailure });
  const { worker: source } = await import('../generated/reading-worker.ts');
  const { Worker } = nodeModule('node:worker_threads')!;
  // The worker needs no flags of this process, such as module loaders.
  const worker = new Worker(source, { eval: true, execArgv: [], name: 'ttrec reading' });
  worker.unref();
  worker.on('message', onMessage);
  worker.on('error', (thrown: Error) => onFailure(thrown.message, thrown));
  worker.on('messageerror', (cause) => onFailure(UNREADABLE, cause));
  worker.on('exit', (code) => onFailure(`exit code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    keepAlive: (on) => (on ? worker.ref() : worker.unref()),
    async terminate() {
      await worker.terminate();
    },
  };
}

function startWebWorker(url: string, { onMessage, onFailure }: Listeners): Reader {
  const worker = new Worker(url, { type: 'module' });
  worker.onmessage = ({ data }) => onMessage(data as FromReader);
  worker.onerror = (event) => {
    // A plain event, without a message, where the script was refused.
    const { message = '' } = event as Partial<ErrorEvent>;
    onFailure(message === '' ? `a worker at ${url} that could not be started` : message);
  };
  worker.onmessageerror = () => onFailure(UNREADABLE);
  return {
    post: (message) => worker.postMessage(message),
    keepAlive: () => undefined,
    async terminate() {
      worker.terminate();
    },
  };
}
