import type { ErrorParts } from '@ttrec/core';
import type { Call } from '@ttrec/backend-linear';

/** The first message to a worker: what it is to be. */
export interface Assignment {
  readonly role: 'lead' | 'follow';
  /** Its number in the team; who leads has 0. */
  readonly thread: number;
  readonly threads: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** As for `Team`. */
  readonly leastPart: number;
  /** Of the control block. */
  readonly control: SharedArrayBuffer;
  /** As for `StartedWorker`. */
  readonly lock: string | undefined;
}

/** The answer to an assignment. */
export type Started =
  | { readonly started: true; readonly holdsLock: boolean }
  | { readonly started: false; readonly reason: string };

/** What is asked of a worker that leads; a message holds a list of these. */
export type Command =
  | { readonly do: 'run'; readonly call: Call }
  | { readonly do: 'zero'; readonly address: number; readonly bytes: number }
  | { readonly do: 'write'; readonly address: number; readonly data: Float32Array | Uint32Array }
  | { readonly do: 'read'; readonly id: number; readonly address: number; readonly length: number }
  | { readonly do: 'sync'; readonly id: number };

/** Of a `backend-wasm/thread-failed`. */
export type Failure = Pick<ErrorParts, 'subject' | 'rule' | 'hint'> & { readonly got: string };

/** The answer to a `read` or `sync`. */
export interface Reply {
  readonly id: number;
  readonly data?: Float32Array<ArrayBuffer>;
  /** What was the first to fail in the stream. */
  readonly failure?: Failure;
}

/** Of the thread that leads itself. */
export function leaderFailed(reason: string): Failure {
  return { subject: 'the thread that leads', rule: 'must carry out the stream', got: reason };
}
