import { spawn } from 'node:child_process';

/** A failure of set-up, shown without a stack. */
export class SetupError extends Error {}

/**
 * Runs one tool of the set-up and passes on to stderr what it prints, or what `brief` makes of each line; of a tool that fails,
 * everything. A step that ends within `quietMs` shows nothing, unless it fails; set-up that has nothing to do is silent that way.
 *
 * @param {string} title
 * @param {{
 *   file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, quietMs: number,
 *   brief?: (line: string) => string | undefined,
 * }} command
 * @returns {Promise<void>}
 */
export function step(title, { file, args, cwd, env, quietMs, brief }) {
  const started = performance.now();
  /** @type {string[] | undefined} */
  let held = [];
  const write = (/** @type {string} */ text) => {
    if (held === undefined) process.stderr.write(text);
    else held.push(text);
  };
  const show = () => {
    if (held === undefined) return;
    const texts = [`[setup] ${title} …\n`, ...held];
    held = undefined;
    for (const text of texts) process.stderr.write(text);
  };
  if (quietMs === 0) show();
  const timer = setTimeout(show, quietMs);
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const interruption = interruptWith(child);
  let printed = '';
  let line = '';
  const pass = (/** @type {string} */ chunk) => {
    if (brief === undefined) return write(chunk);
    printed += chunk;
    const lines = (line + chunk).split('\n');
    line = lines.pop() ?? '';
    for (const each of lines) {
      const text = brief(each);
      if (text !== undefined) write(`[setup]   ${text}\n`);
    }
  };
  child.stdout.setEncoding('utf8').on('data', pass);
  child.stderr.setEncoding('utf8').on('data', pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      interruption.settle();
      if (code === 0) {
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        if (held === undefined) process.stderr.write(`[setup] ${title}: done in ${seconds} s\n`);
        resolve();
      } else {
        show();
        process.stderr.write(printed);
        const ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
        reject(new SetupError(`${title} failed: ${file} ${args.join(' ')} ended with ${ending}`));
      }
    });
  });
}

/**
 * Delays an interruption until the tool has ended, so that the lock is held while the tool writes.
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
