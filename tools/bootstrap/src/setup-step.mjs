import { spawn } from 'node:child_process';

/** A failure of set-up that the reader can act on: shown as it is, without a stack. */
export class SetupError extends Error {}

/**
 * Runs one tool of the set-up in silence: a line on stderr when it starts and when it is done, all it said when it fails.
 * @param {string} title
 * @param {{ file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv }} command
 */
export async function setupStep(title, { file, args, cwd, env }) {
  const started = performance.now();
  process.stderr.write(`[setup] ${title} …\n`);
  const { status, output } = await capture({ file, args, cwd, env });
  if (status !== 'exit code 0') {
    process.stderr.write(output);
    throw new SetupError(`${title} failed: ${file} ${args.join(' ')} ended with ${status}`);
  }
  process.stderr.write(`[setup] ${title}: done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

/**
 * @param {{ file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv }} command
 * @returns {Promise<{ status: string, output: string }>}
 */
function capture({ file, args, cwd, env }) {
  return new Promise((resolve) => {
    // Only a shell can start the .cmd files that npm and pnpm are on Windows.
    const shell = process.platform === 'win32';
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], shell });
    const interruption = interruptWith(child);
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => {
      interruption.settle();
      resolve({ status: error.message, output: '' });
    });
    child.on('close', (code, signal) => {
      interruption.settle();
      const status = signal === null ? `exit code ${code}` : `signal ${signal}`;
      resolve({ status, output: Buffer.concat(chunks).toString() });
    });
  });
}

/**
 * An interruption waits for the tool to end, so that the lock is not given up while the tool still writes.
 * @param {import('node:child_process').ChildProcess} child
 */
function interruptWith(child) {
  /** @type {NodeJS.Signals | undefined} */
  let received;
  const interrupt = (/** @type {NodeJS.Signals} */ signal) => {
    received = signal;
    child.kill(signal);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    settle() {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      if (received !== undefined) process.kill(process.pid, received);
    },
  };
}
