import { expect } from 'vitest';

/** What an error of this package must look like: its code after the slash, and words that its message holds. */
export function refusal(code: string, words = ''): unknown {
  const message: unknown = expect.stringContaining(words);
  return expect.objectContaining({ code: `tensor-train/${code}`, message });
}
