import { errorsOf, isTtrecError, TtrecError, type ErrorParts } from '@ttrec/core';

export const error = errorsOf('trainer');

/** The same error, in which a value goes by the name that the command line has for it: `--budget` for `bytes`. */
export function renamed(thrown: unknown, subject: string, name: string): unknown {
  if (!isTtrecError(thrown) || thrown.parts.subject !== subject) return thrown;
  const [packageName, rule] = thrown.code.split('/') as [string, string];
  return new TtrecError(packageName, rule, { ...thrown.parts, subject: name, cause: thrown });
}

const usageErrors = new WeakSet<TtrecError>();

/** A fault of the command line itself, which ends the command with exit code 2. */
export function usageError(rule: string, parts: ErrorParts): TtrecError {
  const made = error(rule, parts);
  usageErrors.add(made);
  return made;
}

export function isUsageError(thrown: TtrecError): boolean {
  return usageErrors.has(thrown);
}
