import { nearest } from '@ttrec/core';
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
    highest === Number.MAX_SAFE_INTEGER ? `of at least ${lowest}` : `from ${lowest} to ${highest}`;
  throw error(rule, { subject, rule: `must be an integer ${limits}`, got: value });
}

/** Refuses a list of factors that is empty or holds anything but positive integers (`tensor-train/bad-factors`). */
export function checkFactors(subject: string, factors: readonly number[]): void {
  if (factors.length === 0) {
    throw error('bad-factors', { subject, rule: 'must be a list of at least one factor', got: factors });
  }
  factors.forEach((factor, k) => checkInteger('bad-factors', `${subject}[${k}]`, factor));
}

export function product(factors: readonly number[]): number {
  return factors.reduce((result, factor) => result * factor, 1);
}

/** Refuses a word that is not one of the choices, and names the nearest of them. */
export function checkChoice(rule: string, subject: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  const meant = nearest(value, choices);
  const hint = meant === undefined ? {} : { hint: `Did you mean ${meant}?` };
  throw error(rule, { subject, rule: `must be one of ${choices.join(', ')}`, got: value, ...hint });
}
