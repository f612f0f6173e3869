import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The command as it is built, which starts in a fraction of the time that its sources take. */
export const cli = fileURLToPath(new URL('../../../apps/trainer/dist/cli.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `ttrec` with these arguments, its Node with those of `nodeArgs`. */
export function start(args: readonly string[], nodeArgs: readonly string[] = []): Command {
  const child = spawn(process.execPath, [...nodeArgs, cli, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  return { child, ended };
}

/** Runs `ttrec` to its end, which has to be a good one. */
export async function run(...args: readonly string[]): Promise<void> {
  const ended = await start(args).ended;
  require(ended.code === 0, `ttrec ${args.join(' ')} ended with ${ended.code ?? ended.signal}`, ended.stderr);
}

/** What a trial finds when something was lost. */
export class Loss extends Error {
  override readonly name = 'Loss';
}

export function require(holds: boolean, what: string, details = ''): asserts holds {
  if (!holds) throw new Loss(details === '' ? what : `${what}\n${details}`);
}
