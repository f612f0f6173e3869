import { spawnSync } from 'node:child_process';

/** Python in the order tried; Debian's own comes by its path, for another may stand before it. */
const candidates = [process.env['TTREC_PYTHON'], '/usr/bin/python3', 'python3'].filter(
  (name): name is string => name !== undefined && name !== '',
);

/**
 * A Python that can import `modules`, or undefined, which is said on stderr: the tests that need it then show as skipped.
 * `TTREC_PYTHON` names one to try first.
 */
export function pythonWith(...modules: string[]): string | undefined {
  const wanted = modules.join(', ');
  const found = candidates.find((name) => spawnSync(name, ['-c', `import ${wanted}`]).status === 0);
  if (found === undefined) console.warn(`no Python with ${wanted} here: tests against it are skipped`);
  return found;
}

/** Runs a program, with `args` after it in `sys.argv`, and returns what it printed. @throws with its stderr */
export function runPython(python: string, program: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(python, ['-', ...args], {
    input: program,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  if (status !== 0) throw new Error(`Python ended with exit code ${String(status)}\n${stderr}`);
  return stdout;
}
