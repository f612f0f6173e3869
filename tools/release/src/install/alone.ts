import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PageExample } from '@ttrec/readme-examples';
import type { PackedPackage } from '../tarball/packed-package.ts';
import { installedIn, type Installed } from './contents.ts';
import { exampleProblems, exportedNames } from './examples.ts';
import { npm } from './managers.ts';
import type { Project } from './project.ts';

/** Brings foreign native code and 85 MB, and is installed by those alone who want a GPU. */
export const GPU = '@ttrec/backend-gpu';

/** Binaries of our own, which no script builds and which nothing fails without. */
const OWN_BINARIES = '@ttrec/backend-native/prebuilds/';

/**
 * Installs one package with npm into an empty folder: what it brings, how large that is, and that every entry loads. Then
 * installs what its README tells to, and runs the README's example.
 * @returns a line about it
 */
export async function checkAlone(
  project: Project,
  packed: PackedPackage,
  examples: readonly PageExample[],
): Promise<string> {
  await npm(project, [packed.name]);
  const installed = installedIn(project.folder);
  const problems = [...nativeProblems(packed, installed), ...sizeProblems(packed, installed)];
  const names = await exportedNames(project, [packed]);
  problems.push(...(await commandProblems(project, packed)));
  const own = examples.filter(({ page }) => page === readmeOf(packed));
  const further = own.flatMap(({ installs = [] }) => installs).filter((name) => name !== packed.name);
  if (further.length > 0) await npm(project, further);
  problems.push(...(await exampleProblems(project, own)));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${sizeOf(installed)}, ${names} names`;
}

function nativeProblems({ name }: PackedPackage, { native }: Installed): string[] {
  const foreign = native.filter((file) => !file.startsWith(OWN_BINARIES));
  return name === GPU || foreign.length === 0
    ? []
    : [`brings foreign native code or install scripts: ${foreign.join(', ')}`];
}

/** The size that a README promises: `Installs at most 1.2 MB in 4 packages.` */
export function sizeProblems({ folder }: Pick<PackedPackage, 'folder'>, installed: Installed): string[] {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const [, megabytes, count] = /at most ([\d.]+) MB in (\d+) packages?/.exec(readme) ?? [];
  if (megabytes === undefined) return [`the README states no size; it is ${sizeOf(installed)}`];
  const fits = installed.bytes <= Number(megabytes) * 1e6 && installed.packages.length <= Number(count);
  return fits
    ? []
    : [`the README says at most ${megabytes} MB in ${count!} packages, it is ${sizeOf(installed)}`];
}

function sizeOf({ bytes, packages }: Installed): string {
  return `${(bytes / 1e6).toFixed(2)} MB in ${packages.length} packages`;
}

async function commandProblems(project: Project, { manifest }: PackedPackage): Promise<string[]> {
  const problems: string[] = [];
  for (const command of Object.keys(manifest.bin ?? {})) {
    const output = (...args: string[]) => project.run(command, args);
    const version = (await output('--version')).trim();
    if (version !== manifest.version) problems.push(`${command} --version prints ${version}`);
    if (!(await output('--help')).includes(command))
      problems.push(`${command} --help does not name ${command}`);
    if (!(await output('backends')).includes(`not installed: npm install ${GPU}`)) {
      problems.push(`${command} backends does not say that ${GPU} is not installed`);
    }
  }
  return problems;
}

/** Where the README of a package is in the repository. */
export function readmeOf({ manifest }: PackedPackage): string {
  const { directory } = manifest['repository'] as { directory: string };
  return join(directory, 'README.md');
}
