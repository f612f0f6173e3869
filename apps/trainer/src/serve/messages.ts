import type { ErrorParts } from '@ttrec/core';
import type { AnsweredBy, ModelInputs, RequestResult, SentRequest } from '@ttrec/serving/http';

/** What a worker is asked for, each with the type of its answer. */
export interface WorkerCalls {
  /** Reads what was trained from the disk, as the bytes of one model file. */
  readonly read: {
    readonly call: { readonly path: string; readonly checkpoint: string | undefined };
    readonly answer: StoredBytes;
  };
  readonly open: {
    readonly call: { readonly model: number } & ModelBytes;
    readonly answer: { readonly inputs: ModelInputs; readonly loadedBytes: number };
  };
  readonly answer: {
    readonly call: {
      readonly model: number;
      readonly requests: readonly SentRequest[];
      readonly by: AnsweredBy;
    };
    readonly answer: readonly RequestResult[];
  };
  readonly close: { readonly call: { readonly model: number }; readonly answer: undefined };
}

export interface ModelBytes {
  readonly bytes: SharedArrayBuffer;
  /** Paths of the modules of its kinds of tables. */
  readonly kindsFrom: readonly string[] | undefined;
}

export interface StoredBytes extends ModelBytes {
  /** Of a run folder: the name of the checkpoint. */
  readonly checkpoint: string | undefined;
}

export type CallName = keyof WorkerCalls;

export interface WorkerCall<Name extends CallName = CallName> {
  readonly id: number;
  readonly name: Name;
  readonly call: WorkerCalls[Name]['call'];
}

export type WorkerAnswer =
  { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly fault: WorkerFault };

/** What a call threw: the parts of an error of ttrec, whose class is lost between threads. */
export interface WorkerFault {
  readonly code: string;
  readonly parts: Pick<ErrorParts, 'subject' | 'rule' | 'got' | 'hint'>;
}

/** What a worker says without being asked. */
export type WorkerNews =
  { readonly engine: string } | { readonly failure: string } | { readonly memory: WorkerMemory };

export interface WorkerMemory {
  /** Objects of JavaScript. */
  readonly heapBytes: number;
  /** Buffers of the engine: weights, and what a batch needs. */
  readonly engineBytes: number;
}

export interface WorkerSettings {
  /** The engine; `auto` for the best. */
  readonly backend: string;
  /** Paths of modules of kinds of tables, in place of those that runs recorded. */
  readonly kindsFrom?: readonly string[] | undefined;
}
