import { bytesRule, parseBytes as parse } from '@ttrec/core';
import { error } from './error.ts';

/**
 * Parses a size in bytes: `20MB` is 20·10^6, `20MiB` is 20·2^20, `2e6` and `2000000B` are 2,000,000. Case and a space before
 * the unit are ignored. A fraction of a byte is rounded down, so that a budget never grows.
 *
 * @throws `planner/bad-bytes`
 */
export function parseBytes(text: string): number {
  const bytes = parse(text);
  if (bytes !== undefined) return bytes;
  throw error('bad-bytes', {
    subject: 'size',
    rule: bytesRule,
    got: text,
    hint: 'MB is 10^6 bytes, MiB is 2^20: write "20MB".',
  });
}
