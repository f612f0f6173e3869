#!/usr/bin/env node
import { fail } from './failure.ts';
import { main } from './main.ts';

// The reader may have closed the pipe (`ttrec … | head`), or the terminal may be gone: the rest of the output is dropped, and the
// work goes on to its end.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EPIPE' && thrown.code !== 'EIO') throw thrown;
  });
}
// What a stream or a worker throws outside of the command's own promise.
process.on('uncaughtException', (thrown) => {
  fail(thrown);
  process.exit();
});
await main(process.argv.slice(2));
