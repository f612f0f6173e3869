import { isTtrecError, TtrecError, typeName, type ErrorParts } from '@ttrec/core';

/** An error as plain data. */
export type Failure = { readonly cause?: Failure | undefined } & (
  | { readonly code: string; readonly parts: ErrorParts }
  | { readonly message: string; readonly name?: string; readonly systemCode?: string | undefined }
);

export function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const cause = thrown.cause === undefined ? undefined : failureOf(thrown.cause);
  if (!isTtrecError(thrown)) {
    const { name, message, code } = thrown as Error & { readonly code?: unknown };
    return { name, message, systemCode: typeof code === 'string' ? code : undefined, cause };
  }
  const { code, parts } = thrown;
  const { subject, rule, got, hint } = parts;
  // Not every object can be sent.
  const plain = typeof got === 'object' ? typeName(got) : got;
  return { code, parts: { subject, rule, ...('got' in parts && { got: plain }), hint }, cause };
}

/** Makes the error again, with its code, words and cause. An error without a code of this library becomes the cause of the one that `otherwise` returns. */
export function errorOf(failure: Failure, otherwise: (reason: string, cause: unknown) => Error): Error {
  const same = restored(failure);
  if (isTtrecError(same)) return same;
  return otherwise('name' in failure ? String(same) : same.message, same);
}

function restored(failure: Failure): Error {
  const cause = failure.cause && restored(failure.cause);
  if ('parts' in failure) {
    const [packageName, rule] = failure.code.split('/') as [string, string];
    return new TtrecError(packageName, rule, { ...failure.parts, cause });
  }
  const { message, name = 'Error', systemCode } = failure;
  const same = Object.assign(new Error(message, { cause }), { name });
  return systemCode === undefined ? same : Object.assign(same, { code: systemCode });
}
