import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const running = new Set<ChildProcess>();

/** Kills a child process when this one ends: by itself, by an error, or by a signal that it can catch. */
export function endWithThis(child: ChildProcess): void {
  if (running.size === 0) listen();
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    // Without children, a signal ends this process at once, even in the middle of a computation.
    if (running.size === 0) stopListening();
  });
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Runs what waits for the exit of this process; a signal alone would not. */
function exitBy(signal: (typeof SIGNALS)[number]): void {
  process.exit(128 + constants.signals[signal]);
}

function listen(): void {
  process.on('exit', killAll);
  for (const signal of SIGNALS) process.on(signal, exitBy);
}

function stopListening(): void {
  process.off('exit', killAll);
  for (const signal of SIGNALS) process.off(signal, exitBy);
}
