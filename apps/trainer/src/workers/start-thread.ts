import { Worker } from 'node:worker_threads';

/**
 * Starts a thread from a module of this package.
 * @param source beside the caller in the sources: `./worker.ts`, relative to `base`
 * @param built its name once built, where all modules are in one folder
 */
export function startThread(
  { base, source, built }: { readonly base: string; readonly source: string; readonly built: string },
  options: { readonly name: string; readonly workerData: unknown },
): Worker {
  const isSource = base.endsWith('.ts');
  const url = new URL(isSource ? source : `./${built}`, base);
  const condition = '--conditions=@ttrec/source';
  const given = process.execArgv.filter((each) => each === condition || each.startsWith('--import'));
  const execArgv = isSource && !given.includes(condition) ? [...given, condition] : given;
  return new Worker(url, { ...options, execArgv });
}
