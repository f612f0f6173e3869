import { isTtrecError, type ErrorParts } from '@ttrec/core';
import { error } from '../error.ts';

/** An error that is answered with a status. The message names no file and no path. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    { code, message }: { readonly code: string; readonly message: string },
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function httpError(
  status: number,
  rule: string,
  parts: ErrorParts,
  headers?: Readonly<Record<string, string>>,
): HttpError {
  return withoutStack(() => new HttpError(status, error(rule, parts), headers));
}

/** An answer needs no stack, and writing one down takes longer than all else that a refusal takes. */
function withoutStack<Made>(make: () => Made): Made {
  const limits: { stackTraceLimit?: number | undefined } = Error;
  const { stackTraceLimit } = limits;
  limits.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    limits.stackTraceLimit = stackTraceLimit;
  }
}

/** The error of a field of a request. If `got` is given and undefined, the field is missing. */
export function badRequest(
  subject: string,
  rule: string,
  details: Pick<ErrorParts, 'got' | 'hint'> = {},
): HttpError {
  const isMissing = 'got' in details && details.got === undefined;
  const hint = [`It ${rule}.`, details.hint].filter((text) => text !== undefined).join(' ');
  const parts = isMissing ? { subject, rule: 'is missing', hint } : { subject, rule, ...details };
  return httpError(400, 'bad-request', parts);
}

/** The server cannot take the request now; it can be sent again. */
export function unavailable(rule: string, parts: ErrorParts, retryAfterSeconds = 1): HttpError {
  return httpError(503, rule, parts, { 'retry-after': String(retryAfterSeconds) });
}

/** Packages whose errors about a row are the fault of the request. */
const ABOUT_ROWS = /^(data|embeddings|dlrm|serving)\//;

/** What scoring threw, as an answer: 400 for a row that cannot be scored. Other errors are not described to clients. */
export function scoringError(thrown: unknown): HttpError {
  if (thrown instanceof HttpError) return thrown;
  if (isTtrecError(thrown) && ABOUT_ROWS.test(thrown.code)) return new HttpError(400, thrown);
  return internalError();
}

export function internalError(): HttpError {
  return httpError(500, 'internal', {
    subject: 'server',
    rule: 'failed to answer',
    hint: 'Its log says why.',
  });
}
