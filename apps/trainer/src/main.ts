import { CommanderError } from '@commander-js/extra-typings';
import { fail } from './failure.ts';
import { createProgram } from './program.ts';

/** Runs the command with its arguments. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (weights saved). */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const program = await createProgram(args);
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    // Help and versions, or wrong usage: it has said so itself.
    if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
    else fail(thrown);
  }
}
