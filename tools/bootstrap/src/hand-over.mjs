import { spawn } from 'node:child_process';
import { SetupError } from './step.mjs';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGWINCH']);
const SAME_SIGNAL_MS = 250;
const ownGroup = process.platform !== 'win32';

/**
 * Runs a program in place of this process: with its streams and signals, and ending as it ends.
 *
 * A Ctrl-C reaches this process twice, from the terminal and from npm. The program therefore runs in a separate process
 * group, which the terminal does not signal, and receives each signal once, from here.
 *
 * @param {{ file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv }} program
 * @returns {Promise<void>} when the program has ended and its exit code is that of this process
 */
export function handOver({ file, args, cwd, env }) {
  const child = spawn(file, args, { cwd, env, stdio: 'inherit', detached: ownGroup });
  const stopForwarding = forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      stopForwarding();
      reject(new SetupError(`cannot start ${file}: ${error.message}`));
    });
    child.on('exit', (code, signal) => {
      stopForwarding();
      if (signal !== null) process.kill(process.pid, signal);
      else process.exitCode = code ?? 1;
      resolve();
    });
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} stops forwarding
 */
function forwardSignals(child) {
  /** @type {Map<string, number>} */
  const lastTime = new Map();
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    const now = performance.now();
    const previous = lastTime.get(signal) ?? -Infinity;
    lastTime.set(signal, now);
    if (now - previous > SAME_SIGNAL_MS || signal === 'SIGWINCH') child.kill(signal);
  };
  const suspend = () => {
    child.kill('SIGSTOP');
    process.kill(process.pid, 'SIGSTOP');
  };
  const resume = () => child.kill('SIGCONT');
  for (const signal of FORWARDED) process.on(signal, forward);
  if (ownGroup) process.on('SIGTSTP', suspend).on('SIGCONT', resume);
  return () => {
    for (const signal of FORWARDED) process.off(signal, forward);
    process.off('SIGTSTP', suspend).off('SIGCONT', resume);
  };
}
