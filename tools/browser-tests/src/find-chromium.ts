import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * The browser's executable: `CHROMIUM_PATH`, else the first `chromium` on the PATH.
 * @throws when there is none: a browser test that finds no browser fails, it is not skipped
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['CHROMIUM_PATH'];
  if (given !== undefined && given !== '') {
    if (isExecutable(given)) return given;
    throw new Error(`CHROMIUM_PATH: must be the executable of a Chromium, got ${given}.`);
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    `Browser tests need Chromium, and the PATH has none of ${NAMES.join(', ')}. ` +
      'On Debian: apt-get install chromium. Elsewhere, set CHROMIUM_PATH to its executable.',
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
