import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A folder in which only so many bytes can be written, until it is enlarged. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** How writes are made to fail: by the system, or in the process. */
  readonly kind: 'tmpfs' | 'ENOSPC injected';
  /** For the Node of a process whose disk this is. */
  readonly nodeArgs: readonly string[];
  enlarge(): Promise<void>;
}

/** A file system of its own where this user may mount one (root, on Linux); elsewhere writes of the process are counted. */
export async function smallDisk(path: string, bytes: number): Promise<SmallDisk> {
  await mkdir(path, { recursive: true });
  if (await mounted(path, bytes)) {
    return {
      path,
      kind: 'tmpfs',
      nodeArgs: [],
      enlarge: () => system('mount', '-o', 'remount,size=256m', path),
      [Symbol.asyncDispose]: () => system('umount', path),
    };
  }
  const injection = new URL('full-disk-injection.mjs', import.meta.url);
  return {
    path,
    kind: 'ENOSPC injected',
    nodeArgs: ['--import', `${injection.href}?bytes=${bytes}`],
    enlarge: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function mounted(path: string, bytes: number): Promise<boolean> {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return false;
  try {
    await system('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path);
    return true;
  } catch {
    // A container without the right to mount.
    return false;
  }
}

async function system(command: string, ...args: readonly string[]): Promise<void> {
  await execute(command, args);
}
