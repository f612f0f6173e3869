import { nodeModule } from './node-module.ts';

/** A worker's way to who started it, in Node and elsewhere. */
export interface Port {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
  close(): void;
}

/** Of the worker that this runs in. */
export function parentPort(): Port {
  const port = nodeModule('node:worker_threads')?.parentPort;
  if (port) {
    return {
      post: (message, transfer) => port.postMessage(message, transfer),
      onMessage: (listener) => port.on('message', listener),
      close: () => port.close(),
    };
  }
  return {
    post: (message, transfer = []) => globalThis.postMessage(message, { transfer: [...transfer] }),
    onMessage(listener) {
      globalThis.onmessage = ({ data }) => listener(data);
    },
    close: () => globalThis.close(),
  };
}
