import { isTtrecError, type TtrecError } from '@ttrec/core';
import { expect } from 'vitest';

/** A matcher of errors: the full code, and words that the message holds. */
export function refusal(code: string, ...words: string[]): unknown {
  return expect.toSatisfy(
    (error: unknown): error is TtrecError =>
      isTtrecError(error, code) && words.every((word) => error.message.includes(word)),
    `${code} saying ${words.join(' … ')}`,
  );
}
