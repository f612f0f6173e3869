import { isTtrecError, type TtrecError } from '@ttrec/core';
import { expect } from 'vitest';

/** What an error of this package must look like: its code after the slash, and words that its message holds. */
export function refusal(code: string, ...words: string[]): unknown {
  return expect.toSatisfy(
    (error: unknown): error is TtrecError => {
      return (
        isTtrecError(error, `tensor-files/${code}`) && words.every((word) => error.message.includes(word))
      );
    },
    `tensor-files/${code} saying ${words.join(' … ')}`,
  );
}
