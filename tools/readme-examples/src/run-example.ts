import { spawnSync } from 'node:child_process';

/**
 * Runs code as a module that stands in `folder`, on the sources of the workspace, and returns what it printed.
 * Packages are found by name from there, the one that the folder belongs to included.
 */
export function runExample(code: string, folder: string): string {
  const args = ['--conditions=@ttrec/source', '--input-type=module-typescript', '-'];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: folder,
    input: code,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (status !== 0) throw new Error(`the example ended with exit code ${String(status)}\n${stderr}`);
  return stdout;
}

/** Runs lines of shell in which `name` is a command whose source is the module `entry`, and returns what they printed. */
export function runShellExample(code: string, name: string, entry: string): string {
  const { stdout, stderr, status } = spawnSync('sh', ['-e'], {
    input: `${name}() { "$NODE" --conditions=@ttrec/source "$ENTRY" "$@"; }\n${code}`,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', NODE: process.execPath, ENTRY: entry },
  });
  if (status !== 0) throw new Error(`the example ended with exit code ${String(status)}\n${stderr}`);
  return stdout;
}
