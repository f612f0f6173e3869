import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..', '..');

export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: unknown;
  readonly bin?: unknown;
  readonly [field: string]: unknown;
}

export interface PackedPackage {
  readonly name: string;
  /** The manifest inside the tarball: what users get. */
  readonly manifest: Manifest;
  /** The path of the tarball. */
  readonly tarball: string;
  readonly bytes: number;
  /** The files in the tarball, relative to the package. */
  readonly files: readonly string[];
}

/** Packs every published package of the workspace, as publishing would, into an empty folder; `prepack` builds what is not built. */
export function packAll(folder: string): PackedPackage[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => join(root, group, name))
      .filter((source) => existsSync(join(source, 'package.json')))
      .filter((source) => readManifest(readFileSync(join(source, 'package.json'), 'utf8')).private !== true)
      .map((source) => pack(source, folder)),
  );
}

function pack(source: string, folder: string): PackedPackage {
  const report = execFileSync('pnpm', ['pack', '--json', '--pack-destination', folder], {
    cwd: source,
    encoding: 'utf8',
  });
  // What `prepack` runs is named before the report.
  const { filename } = JSON.parse(report.slice(report.search(/^\{/m))) as { filename: string };
  const tarball = join(folder, basename(filename));
  const list = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
  const manifest = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' });
  return {
    name: readManifest(manifest).name,
    manifest: readManifest(manifest),
    tarball,
    bytes: statSync(tarball).size,
    files: list
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, '')),
  };
}

function readManifest(text: string): Manifest {
  return JSON.parse(text) as Manifest;
}
