import type { FromWorker, ToWorker } from '../protocol/messages.ts';

export interface WorkerLink {
  send(message: ToWorker): void;
}

/**
 * Starts the worker that trains.
 *
 * @param onMessage what it reports; that it died is reported as a problem of the run
 */
export function connectWorker(onMessage: (message: FromWorker) => void): WorkerLink {
  const worker = new Worker(new URL('../worker/worker.ts', import.meta.url), {
    type: 'module',
    name: 'training',
  });
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => onMessage(data));
  worker.addEventListener('error', (event) => {
    const message = event.message || 'the worker that trains could not be started, or has died';
    const problem = { code: 'playground/worker-error', message, hint: 'Reload the page.' };
    onMessage({ type: 'problem', concern: 'run', problem });
  });
  return { send: (message) => worker.postMessage(message) };
}
