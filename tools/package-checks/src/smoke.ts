// Packs every published package, installs the tarballs with npm into an empty folder, and uses them on the Node that
// users have, not on the one that the repository pins. Usage: smoke.ts [path of that node]; by default the one that runs npm.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { packAll, root, type PackedPackage } from './pack.ts';

const node = machineNode();

const folder = mkdtempSync(join(tmpdir(), 'ttrec-smoke-'));
const path = `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`;

function machineNode(): string {
  const given = process.argv[2] ?? process.env['npm_node_execpath'];
  if (given === undefined) throw new Error('smoke: start it through npm, or give the path of a node');
  return given;
}

/** Runs a program in the folder, with that node first on the path. Throws with its whole output when it fails. */
function run(file: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  if (status === 0) return stdout.trim();
  throw new Error(
    `${file} ${args.join(' ')} ended with ${String(status ?? error?.message)}\n${stdout}${stderr}`,
  );
}

/** The tarballs as dependencies, and as overrides for when one of them asks for another. */
function projectWith(packages: readonly PackedPackage[]): string {
  const dependencies = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const overrides = Object.fromEntries(packages.map(({ name }) => [name, `$${name}`]));
  return JSON.stringify({ name: 'smoke', private: true, type: 'module', dependencies, overrides });
}

/** The names that a package exports at its root; undefined when it exports nothing but a command. */
function exportedNames({ name, manifest }: PackedPackage): number | undefined {
  const exports = (manifest.exports ?? {}) as Record<string, unknown>;
  if (exports['.'] === undefined) return undefined;
  const count = Number(
    run(node, ['--input-type=module', '-e', `console.log(Object.keys(await import('${name}')).length)`]),
  );
  if (count === 0) throw new Error(`${name} exports nothing`);
  return count;
}

function checkCommands({ manifest }: PackedPackage): void {
  for (const command of Object.keys(manifest.bin ?? {})) {
    const version = run(join(folder, 'node_modules', '.bin', command), ['--version']);
    if (version !== manifest['version']) throw new Error(`${command} --version says ${version}`);
    const help = run(join(folder, 'node_modules', '.bin', command), ['--help']);
    if (!help.includes(command)) throw new Error(`${command} --help does not name ${command}`);
    console.log(`ok   ${command} --version says ${version}, --help ${help.split('\n').length} lines`);
  }
}

try {
  const packages = packAll(join(root, '.cache', 'tarballs-smoke'));
  writeFileSync(join(folder, 'package.json'), projectWith(packages));
  console.log(
    `node ${run(node, ['--version'])}, npm ${run('npm', ['--version'])}, ${packages.length} tarballs`,
  );
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts']);
  for (const packed of packages) {
    const names = exportedNames(packed);
    if (names !== undefined) console.log(`ok   ${packed.name} imports, ${names} names`);
    checkCommands(packed);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
