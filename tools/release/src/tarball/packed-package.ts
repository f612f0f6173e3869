import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly exports?: unknown;
  readonly bin?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface PackedPackage {
  readonly name: string;
  /** The manifest inside the tarball: what users get. */
  readonly manifest: Manifest;
  readonly tarball: string;
  readonly bytes: number;
  /** Where the tarball is unpacked. */
  readonly folder: string;
  /** The files in it, relative to the folder, with slashes. */
  readonly files: readonly string[];
}

/** Unpacks a tarball into an empty folder. */
export function unpack(tarball: string, folder: string): PackedPackage {
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components', '1', '-C', folder]);
  const manifest = readManifest(join(folder, 'package.json'));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
  return { name: manifest.name, manifest, tarball, bytes: statSync(tarball).size, folder, files };
}

export function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}
