import { error } from './error.ts';

/** The rows that a table may have: ids are unsigned 32-bit integers, so the last of them is row 2^32 - 1. */
export const MAX_ROWS = 4294967296;

/**
 * Refuses what is not an integer of `lowest` … `highest`.
 *
 * @throws `tensor-train/<rule>` naming the subject, the limits and the value
 */
export function checkInteger(
  rule: string,
  subject: string,
  value: number,
  lowest = 1,
  highest = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= lowest && value <= highest) return;
  const limits =
    highest >= Number.MAX_SAFE_INTEGER ? `of at least ${lowest}` : `from ${lowest} to ${highest}`;
  throw error(rule, { subject, rule: `must be an integer ${limits}`, got: value });
}

/** Whether a value is an array, whatever its declared type; the type stays what it was. */
export function isList(value: unknown): boolean {
  return Array.isArray(value);
}

/** Refuses what is not a list of at least one positive integer (`tensor-train/bad-factors`). */
export function checkFactors(subject: string, factors: readonly number[]): void {
  if (!isList(factors) || factors.length === 0) {
    throw error('bad-factors', { subject, rule: 'must be a list of at least one factor', got: factors });
  }
  factors.forEach((factor, k) => checkInteger('bad-factors', `${subject}[${k}]`, factor));
}
