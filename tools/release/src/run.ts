import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly input?: string | undefined;
}

/** Runs a program and returns what it wrote to stdout. Throws with its whole output if it fails. */
export async function run(
  file: string,
  args: readonly string[],
  { cwd, env, input }: RunOptions,
): Promise<string> {
  const child = spawn(file, args, { cwd, env, stdio: 'pipe' });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve(code ?? signal));
  });
  // A program may end, or close its input, before it has read it all: how it ends says whether that is a failure.
  child.stdin.on('error', () => undefined).end(input ?? '');
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (end === 0) return stdout;
  throw new Error(`${file} ${args.join(' ')} ended with ${String(end)}\n${stdout}${stderr}`);
}

/** Runs work on each item, some at a time; results are in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const drain = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, drain));
  return results;
}
