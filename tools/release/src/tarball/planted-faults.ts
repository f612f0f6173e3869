import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tarballProblems } from './lint.ts';
import { unpack, type Manifest, type PackedPackage } from './packed-package.ts';

/** What goes wrong in a release, and what the check of tarballs must then say. */
interface Fault {
  readonly name: string;
  readonly problem: string;
  /** A file that is left out. */
  readonly without?: string;
  readonly manifest?: Manifest;
}

interface Entry {
  readonly types: string;
  readonly default: string;
}

/**
 * Plants faults in copies of a real tarball, one at a time, and has each copy checked. Returns the names of the faults.
 *
 * @param packed a package whose entry `.` imports a file of its own and a dependency
 * @throws the faults that `check` does not find
 */
export async function plantFaults(
  packed: PackedPackage,
  folder: string,
  check: (packed: PackedPackage) => Promise<string[]> = tarballProblems,
): Promise<string[]> {
  const faults = faultsFor(packed);
  const missed: string[] = [];
  for (const [at, fault] of faults.entries()) {
    const problems = await check(planted(packed, fault, join(folder, String(at))));
    if (!problems.includes(fault.problem)) {
      missed.push(`${fault.name} is not found, but ${problems.join('; ') || 'nothing'}`);
    }
  }
  if (missed.length > 0) throw new Error(missed.join('\n'));
  return faults.map(({ name }) => name);
}

function faultsFor({ manifest, folder }: PackedPackage): Fault[] {
  const entry = (manifest.exports as Readonly<Record<string, Entry>>)['.']!;
  const code = readFileSync(join(folder, entry.default), 'utf8');
  const file = entry.default.replace('./', '');
  const imported = (of: RegExp) => of.exec(code)![1]!;
  const module = imported(/ from '(\.\/[^']+)'/);
  const dependency = imported(/ from '((?:@[^/']+\/)?[^./'@:][^/':]*)(?:\/[^']*)?'/);
  const others = Object.entries(manifest.dependencies!).filter(([name]) => name !== dependency);
  const types = './dist/none.d.ts';
  return [
    {
      name: 'a file that `files` leaves out',
      without: join(file, '..', module),
      problem: `${file}: ${module} is not in the tarball`,
    },
    {
      name: 'declarations that `files` leaves out',
      without: entry.types,
      problem: `${entry.types} is named by the manifest and is not in the tarball`,
    },
    {
      name: 'a types path that does not exist',
      manifest: { ...manifest, exports: { ...(manifest.exports as object), '.': { ...entry, types } } },
      problem: `${types} is named by the manifest and is not in the tarball`,
    },
    {
      name: 'an undeclared dependency',
      manifest: { ...manifest, dependencies: Object.fromEntries(others) },
      problem: `${file}: imports ${dependency}, which is not declared`,
    },
    { name: 'a licence that `files` leaves out', without: 'LICENSE', problem: 'there is no LICENSE' },
  ];
}

/** The package with a fault, packed and unpacked again. */
function planted(packed: PackedPackage, { without, manifest }: Fault, folder: string): PackedPackage {
  const source = join(folder, 'package');
  mkdirSync(folder, { recursive: true });
  cpSync(packed.folder, source, { recursive: true });
  if (without !== undefined) rmSync(join(source, without));
  if (manifest !== undefined) writeFileSync(join(source, 'package.json'), JSON.stringify(manifest));
  const tarball = join(folder, 'planted.tgz');
  execFileSync('tar', ['-czf', tarball, '-C', folder, 'package']);
  return unpack(tarball, join(folder, 'unpacked'));
}
