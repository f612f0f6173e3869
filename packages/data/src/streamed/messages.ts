import { isTtrecError, TtrecError, typeName, type ErrorParts } from '@ttrec/core';
import type { BatchSpan } from '../dataset.ts';
import type { CheckedBatchOptions } from '../batches/row-order.ts';
import type { StreamedRows } from './streamed-rows.ts';

/** Batches to read. A function cannot be sent: what it says of the two lengths of batches can. */
export type BatchRequest = Omit<CheckedBatchOptions, 'part'> & {
  readonly spans: readonly (readonly [rows: number, span: BatchSpan])[];
};

/** What the reading thread is told. Several passes, each with a number, may overlap. */
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

/** An error as plain data. */
export type Failure = { readonly code: string; readonly parts: ErrorParts } | { readonly message: string };

export function failureOf(thrown: unknown): Failure {
  if (!isTtrecError(thrown)) return { message: String(thrown) };
  const { code, parts } = thrown;
  const { subject, rule, got, hint } = parts;
  // What an object holds may be impossible to send.
  const plain = typeof got === 'object' ? typeName(got) : got;
  return { code, parts: { subject, rule, ...('got' in parts && { got: plain }), hint } };
}

/** The same error, code and words. Others have `otherwise` around them. */
export function errorOf(failure: Failure, otherwise: (reason: string) => Error): Error {
  if ('message' in failure) return otherwise(failure.message);
  const [packageName, rule] = failure.code.split('/') as [string, string];
  return new TtrecError(packageName, rule, failure.parts);
}
