import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** What the stream says in a process of its own, which ends by itself; one that waits for ever is ended. */
function losing(manner: string) {
  const program = fileURLToPath(new URL('./lose-a-thread.ts', import.meta.url));
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--conditions=@ttrec/source', '--no-warnings', program, manner],
    { encoding: 'utf8', timeout: 40_000, killSignal: 'SIGKILL' },
  );
  return { stdout, stderr, status };
}

const ended = (reason: string) =>
  'backend-wasm/thread-failed: [backend-wasm] following thread 1: must live as long as its backend, ' +
  `got ${reason}. It was ended from outside or ran out of memory. ` +
  'What it was computing is lost: make a new backend.\n';

test.each([
  ['exit', 'the end of its worker'],
  ['out of memory', 'the end of its worker'],
  ['killed while idle', 'the worker ended with code 1'],
  // Here another thread waits for it, and the main thread hears of it by an event.
  ['killed by the page', 'the end of its worker'],
])('a thread that ends (%s) ends the wait for it with an error', (manner, reason) => {
  expect(losing(manner)).toEqual({ stdout: ended(reason), stderr: '', status: 0 });
});

test('a thread whose kernel throws lives on, and the stream tells what failed', () => {
  expect(losing('throw')).toEqual({
    stdout: expect.stringMatching(
      /^backend-wasm\/thread-failed: \[backend-wasm\] kernel \w+: must be computed in all its parts, got a part that failed\.\n$/,
    ) as string,
    stderr: '',
    status: 0,
  });
});
