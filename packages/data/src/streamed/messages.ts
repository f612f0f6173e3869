import type { BatchSpan } from '../dataset.ts';
import type { CheckedBatchOptions } from '../batches/row-order.ts';
import type { Failure } from './failure.ts';
import type { StreamedRows } from './streamed-rows.ts';

/** Batches to read. Functions cannot be sent: `spans` has what `part` returns for the at most two lengths of batches. */
export type BatchRequest = Omit<CheckedBatchOptions, 'part'> & {
  readonly spans: readonly (readonly [rows: number, span: BatchSpan])[];
};

/** Messages to the reading thread. Several passes, each with a number, may overlap. */
export type ToReader =
  | { readonly do: 'open'; readonly streamed: StreamedRows }
  | { readonly do: 'read'; readonly pass: number; readonly request: BatchRequest }
  /** Batches of so many bytes have been taken. */
  | { readonly do: 'taken'; readonly pass: number; readonly batches: number; readonly bytes: number }
  | { readonly do: 'stop'; readonly pass: number };

/** What the reading thread answers, batch after batch. */
export type FromReader = { readonly pass: number } & (
  | { readonly batch: ArrayBuffer; readonly seconds: number }
  | { readonly failure: Failure }
  | { readonly done: true }
);
