import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../tarball/packed-package.ts';

export interface Installed {
  /** The installed packages, as `name@version`. */
  readonly packages: readonly string[];
  readonly bytes: number;
  /** Files of native code, and manifests with a script that npm runs at install. */
  readonly native: readonly string[];
}

/** What is in the `node_modules` of a folder. */
export function installedIn(folder: string): Installed {
  const at = join(folder, 'node_modules');
  const files = readdirSync(at, { recursive: true, encoding: 'utf8' });
  const manifests = files
    .filter((file) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(`node_modules/${file}`))
    .map((file) => ({ file, manifest: JSON.parse(readFileSync(join(at, file), 'utf8')) as Manifest }));
  const scripted = manifests.filter(({ manifest: { scripts = {} } }) =>
    ['preinstall', 'install', 'postinstall'].some((name) => Object.hasOwn(scripts, name)),
  );
  const sizes = files.map((file) => statSync(join(at, file), { throwIfNoEntry: false }));
  return {
    packages: manifests.map(({ manifest: { name, version } }) => `${name}@${version ?? ''}`),
    bytes: sizes.reduce((sum, found) => sum + (found?.isFile() === true ? found.size : 0), 0),
    native: [
      ...files.filter((file) => /\.node$|(^|\/)binding\.gyp$/.test(file)),
      ...scripted.map(({ file }) => file),
    ],
  };
}
