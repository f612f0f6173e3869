import { inspect } from 'node:util';
import { isTtrecError, printable } from '@ttrec/core';
import { printableLines } from './printable-lines.ts';

/** Set to anything, failures are shown with their stacks. */
export const STACK_VARIABLE = 'TTREC_STACK';

/** More than any message of ours has. */
const SHOWN_MESSAGE = 1000;

/** What a command says of whatever it was ended by: one line, and its code. */
export function failureText(thrown: unknown, withStack: boolean): string {
  const text = isTtrecError(thrown)
    ? `${thrown.message}\n(${thrown.code})`
    : `[trainer] unexpected: ${printable(wordsOf(thrown), SHOWN_MESSAGE)}. ${STACK_VARIABLE}=1 shows where.\n(trainer/unexpected)`;
  return withStack ? `${text}\n${printableLines(inspect(thrown))}` : text;
}

function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.name === 'Error' ? thrown.message : `${thrown.name}: ${thrown.message}`;
}
