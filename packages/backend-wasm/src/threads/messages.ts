import type { WasmMemory, WasmModule } from '../webassembly.ts';
import type { Call } from './call.ts';

/** The first message to a worker: what it is to be. */
export interface Assignment {
  readonly role: 'lead' | 'follow';
  /** Its number in the team; who leads has 0. */
  readonly thread: number;
  readonly threads: number;
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  /** As for `Team`. */
  readonly leastPart: number;
  /** Of the control block. */
  readonly control: SharedArrayBuffer;
}

/** The answer to an assignment. */
export type Started = { readonly started: true } | { readonly started: false; readonly reason: string };

/** What is asked of a worker that leads; a message holds a list of these. */
export type Command =
  | { readonly do: 'run'; readonly call: Call }
  | { readonly do: 'zero'; readonly address: number; readonly bytes: number }
  | { readonly do: 'write'; readonly address: number; readonly data: Float32Array | Uint32Array }
  | { readonly do: 'read'; readonly id: number; readonly address: number; readonly length: number }
  | { readonly do: 'sync'; readonly id: number };

/** The answer to a `read` or `sync`. */
export interface Reply {
  readonly id: number;
  readonly data?: Float32Array<ArrayBuffer>;
  /** What was the first to fail in the stream. */
  readonly failure?: string;
}
