import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The root of the repository. */
export const root = join(import.meta.dirname, '..', '..', '..');

export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, ExportTarget>>;
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, ExportTarget>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export type ExportTarget = string | Readonly<Record<string, string>>;

export interface Package {
  /** The name without its scope. */
  readonly name: string;
  /** Relative to the root. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The packages of some groups of folders, in order of name. */
export function packagesIn(...groups: readonly string[]): Package[] {
  return groups.flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => join(group, name))
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .map((folder) => {
        const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
        return { name: manifest.name.replace('@ttrec/', ''), folder, manifest };
      }),
  );
}

/** The packages that are published: what users install. */
export function publishedPackages(): Package[] {
  return packagesIn('packages', 'apps').filter(({ manifest }) => manifest.private !== true);
}

/** The files that git knows or would take, relative to the root; those deleted but not yet committed are left out. */
export function trackedFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return list.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
}
