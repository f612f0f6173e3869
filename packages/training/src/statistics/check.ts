import { counted } from '@ttrec/core';
import { error } from '../error.ts';

/** Rejects an argument of a statistics function, for callers without a compiler. @throws `training/bad-statistics` */
export function checkThat(holds: boolean, subject: string, rule: string, got: unknown): asserts holds {
  if (!holds) throw error('bad-statistics', { subject, rule, got });
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}

export function isInteger(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

/** A list of numbers or a typed array. */
export function isListOfNumbers(value: unknown): value is ArrayLike<number> {
  if (Array.isArray(value)) return value.every((each) => typeof each === 'number');
  return (
    ArrayBuffer.isView(value) &&
    'length' in value &&
    !(value instanceof BigInt64Array || value instanceof BigUint64Array)
  );
}

/** Whether a value is the name of a function's options or results: not a list, nor null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Rejects what is no list of n numbers, without NaN, which has no rank.
 *
 * @throws `training/bad-statistics`
 */
export function requireNumbers(subject: string, lists: readonly unknown[], n: number): void {
  const got = lists.map((list) => (isListOfNumbers(list) ? list.length : list));
  checkThat(
    got.every((length) => length === n),
    subject,
    `must have a number for each of the ${counted(n, 'label')}`,
    got,
  );
  for (const list of lists as readonly ArrayLike<number>[]) {
    const place = Array.from(list).findIndex(Number.isNaN);
    checkThat(place < 0, `${subject}[${place}]`, 'must be a number', NaN);
  }
}

/** @throws `training/bad-statistics` */
export function requireLabels(subject: string, labels: unknown): void {
  const isOne = isListOfNumbers(labels) && Array.from(labels).every((label) => label === 0 || label === 1);
  checkThat(isOne, subject, 'must be a list of 0 and 1', labels);
}
