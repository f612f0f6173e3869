import { Worker } from 'node:worker_threads';

const CONDITION = '--conditions=@ttrec/source';

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
  const given = inherited(process.execArgv);
  const execArgv = isSource && !given.includes(CONDITION) ? [...given, CONDITION] : given;
  return new Worker(url, { ...options, execArgv });
}

/** The options of a process that its threads need too: modules to load first (`--import FILE` or `--import=FILE`), and where packages are. */
function inherited(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((each, i) => {
    if (each === '--import') return [`--import=${execArgv[i + 1]}`];
    return each === CONDITION || each.startsWith('--import=') ? [each] : [];
  });
}
