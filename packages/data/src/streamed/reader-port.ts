import { nodeModule } from '../node-module.ts';
import type { FromReader, ToReader } from './messages.ts';

/** Connects the reading thread with its starter, in Node and elsewhere. */
export interface ReaderPort {
  post(message: FromReader, transfer?: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: ToReader) => void): void;
}

/** The port of the worker that runs this. */
export function parentPort(): ReaderPort {
  const port = nodeModule('node:worker_threads')?.parentPort;
  if (port)
    return {
      post: (message, transfer) => port.postMessage(message, transfer),
      onMessage: (listener) => port.on('message', listener),
    };
  return {
    post: (message, transfer = []) => globalThis.postMessage(message, { transfer: [...transfer] }),
    onMessage(listener) {
      globalThis.onmessage = ({ data }) => listener(data as ToReader);
    },
  };
}
