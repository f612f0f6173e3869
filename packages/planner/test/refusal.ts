import { isTtrecError, type TtrecError } from '@ttrec/core';
import { expect } from 'vitest';

/** What an error must look like: its full code, and words that its message holds. */
export function refusal(code: string, ...words: string[]): unknown {
  return expect.toSatisfy(
    (error: unknown): error is TtrecError =>
      isTtrecError(error, code) && words.every((word) => error.message.includes(word)),
    `${code} saying ${words.join(' … ')}`,
  );
}
