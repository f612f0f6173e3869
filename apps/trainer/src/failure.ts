import { isTtrecError } from '@ttrec/core';
import { isUsageError } from './error.ts';
import { failureText, STACK_VARIABLE } from './terminal/failure-text.ts';

/** Says what ended the command: whatever it is, in one line and with a code. @param who goes before it */
export function fail(thrown: unknown, who = ''): void {
  process.stderr.write(`${who}${failureText(thrown, process.env[STACK_VARIABLE] !== undefined)}\n`);
  process.exitCode = isTtrecError(thrown) && isUsageError(thrown) ? 2 : 1;
}
