import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readManifest, type Manifest } from './tarball/packed-package.ts';

/** Licences that ask for no more than their text and notices beside what is passed on. */
const ALLOWED = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
]);

/** Built into a package rather than installed with it; their licences are in its tarball. */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = { ttrec: ['echarts'] };

interface Dependency {
  readonly licence: string;
  readonly bringers: Set<string>;
}

/**
 * The page that lists what is installed with each published package of a workspace, and what is built into it. Throws if a
 * licence is missing or is none of those that are allowed.
 */
export function licencePage(workspace: string): string {
  const installed = new Map<string, Dependency>();
  const builtIn = new Map<string, Dependency>();
  for (const { folder, manifest } of publishedPackages(workspace)) {
    const ours = manifest.name;
    collect(folder, Object.keys(manifest.dependencies ?? {}), ours, installed);
    collect(folder, BUILT_IN[ours] ?? [], ours, builtIn);
  }
  return `# Licences

ttrec is under the [MIT licence](../LICENSE). This page lists the packages of others that npm installs with ttrec's, and those that
are built into one, with their licences.

## Installed

${table(installed)}

## Built in

The texts of these licences are in the tarball, beside the code.

${table(builtIn)}

Written by \`node tools/release/src/licences.ts --write\`.
`;
}

function publishedPackages(workspace: string): { folder: string; manifest: Manifest }[] {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(join(workspace, group)).map((name) => join(workspace, group, name)))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(join(folder, 'package.json')) }))
    .filter(({ manifest }) => manifest['private'] !== true);
}

/** Adds the named dependencies of a package, and theirs; packages of the workspace are passed through. */
function collect(
  from: string,
  names: readonly string[],
  bringer: string,
  all: Map<string, Dependency>,
): void {
  for (const name of names) {
    const folder = installedAt(from, name);
    // A platform's own build of a package is installed on that platform alone.
    if (folder === undefined) continue;
    const manifest = readManifest(join(folder, 'package.json'));
    if (!folder.includes('node_modules')) {
      collect(folder, Object.keys(manifest.dependencies ?? {}), bringer, all);
      continue;
    }
    const id = `${manifest.name} | ${manifest.version ?? ''}`;
    const known = all.get(id);
    if (known?.bringers.has(bringer) === true) continue;
    if (known === undefined) all.set(id, { licence: licenceOf(manifest), bringers: new Set([bringer]) });
    else known.bringers.add(bringer);
    const further = { ...manifest.dependencies, ...manifest.optionalDependencies };
    collect(folder, Object.keys(further), bringer, all);
  }
}

function installedAt(from: string, name: string): string | undefined {
  const found = join(from, 'node_modules', name);
  if (existsSync(found)) return realpathSync(found);
  return dirname(from) === from ? undefined : installedAt(dirname(from), name);
}

/** Throws unless one of the licences that a manifest offers is allowed. */
export function licenceOf({ name, license, version }: Manifest): string {
  if (
    typeof license === 'string' &&
    license
      .replace(/[()]/g, '')
      .split(' OR ')
      .some((each) => ALLOWED.has(each))
  ) {
    return license;
  }
  throw new Error(
    `${name}@${version ?? ''}: the licence must be one of ${[...ALLOWED].join(', ')}, got ${String(license)}`,
  );
}

function table(dependencies: ReadonlyMap<string, Dependency>): string {
  const rows = [...dependencies]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { licence, bringers }]) => [...id.split(' | '), licence, [...bringers].sort().join(', ')]);
  const cells = [['package', 'version', 'licence', 'comes with'], ...rows];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(cells[0]!), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)].join(
    '\n',
  );
}
