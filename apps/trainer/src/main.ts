import { isTtrecError } from '@ttrec/core';
import { CommanderError } from '@commander-js/extra-typings';
import { isUsageError } from './error.ts';
import { createProgram } from './program.ts';
import { failureText, STACK_VARIABLE } from './terminal/failure-text.ts';

/** Runs the command with its arguments. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (weights saved). */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (thrown) {
    // Help and versions, or wrong usage: it has said so itself.
    if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
    else fail(thrown);
  }
}

/** Says what ended the command: whatever it is, in one line and with a code. */
export function fail(thrown: unknown): void {
  process.stderr.write(`${failureText(thrown, process.env[STACK_VARIABLE] !== undefined)}\n`);
  process.exitCode = isTtrecError(thrown) && isUsageError(thrown) ? 2 : 1;
}
