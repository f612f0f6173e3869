import { isTtrecError } from '@ttrec/core';
import { isUsageError } from './error.ts';
import { createProgram } from './program.ts';

/** Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (weights saved). */
async function main(): Promise<void> {
  try {
    await createProgram().parseAsync();
  } catch (thrown) {
    if (!isTtrecError(thrown)) throw thrown;
    process.stderr.write(`${thrown.message}\n(${thrown.code})\n`);
    process.exitCode = isUsageError(thrown) ? 2 : 1;
  }
}

// Whoever reads may have seen enough (`ttrec … | head`), or the terminal may be gone: the rest goes nowhere, and what was begun is
// finished.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EPIPE' && thrown.code !== 'EIO') throw thrown;
  });
}
await main();
