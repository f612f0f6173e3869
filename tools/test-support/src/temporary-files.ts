import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a run of the tests a temporary folder of its own, which `os.tmpdir()` names, and removes it when the run ends. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'ttrec-tests-'));
  // Some tests of root go on as another user, who must reach what is in the folder.
  chmodSync(folder, 0o711);
  const names = process.platform === 'win32' ? ['TEMP', 'TMP'] : ['TMPDIR'];
  for (const name of names) process.env[name] = folder;
  return () => {
    // Windows may hold a file that a process just left.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
