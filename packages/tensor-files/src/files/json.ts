import { isTtrecError } from '@ttrec/core';
import { error } from '../error.ts';

/**
 * `value` as JSON. Refuses numbers that JSON would silently turn into null, and what it cannot hold at all.
 * @param subject what the error calls the value
 * @throws `tensor-files/not-json`
 */
export function toJson(subject: string, value: unknown, space?: number): string {
  const rule = 'must be a value that JSON can hold';
  let text: unknown;
  try {
    text = JSON.stringify(value, (key, part: unknown) => checkedNumber(subject, key, part), space);
  } catch (cause) {
    if (isTtrecError(cause)) throw cause;
    throw error('not-json', { subject, rule, got: cause instanceof Error ? cause.message : cause, cause });
  }
  // Undefined for undefined and for functions, whatever its declaration says.
  if (typeof text !== 'string') throw error('not-json', { subject, rule, got: typeof value });
  return text;
}

function checkedNumber(subject: string, key: string, part: unknown): unknown {
  if (typeof part !== 'number' || Number.isFinite(part)) return part;
  const place = key === '' ? subject : `${subject}: "${key}"`;
  throw error('not-json', { subject: place, rule: 'must be a finite number, JSON has no other', got: part });
}
