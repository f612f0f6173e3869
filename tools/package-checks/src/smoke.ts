// Packs every published package, installs the tarballs with npm into empty folders, all together and each alone, and uses them
// on the Node that users have, not on the one that the repository pins. Usage: smoke.ts [path of that node]; by default the
// one that runs npm.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Project } from './install.ts';
import { packAll, root, type PackedPackage } from './pack.ts';

/** Brings foreign native code, and is installed by those alone who want a GPU. */
const GPU = '@ttrec/backend-gpu';

/** Binaries of our own, which no script builds and which nothing fails without. */
const OWN_BINARIES = '@ttrec/backend-native/prebuilds/';

const FRONT_DOOR = 'ttrec';

const node = machineNode();
const folder = mkdtempSync(join(tmpdir(), 'ttrec-smoke-'));

function machineNode(): string {
  const given = process.argv[2] ?? process.env['npm_node_execpath'];
  if (given === undefined) throw new Error('smoke: start it through npm, or give the path of a node');
  return given;
}

function emptyProject(name: string): Project {
  mkdirSync(join(folder, name));
  return new Project(join(folder, name), node);
}

/** Imports every entry of a package, and counts the names of all. */
function exportedNames(project: Project, { name, manifest }: PackedPackage): number {
  const entries = Object.entries((manifest.exports ?? {}) as Record<string, unknown>)
    .filter(([, target]) => typeof target === 'object')
    .map(([path]) => join(name, path));
  // The script of a worker has nothing to export, and needs the worker.
  const imports = entries
    .filter((entry) => !entry.endsWith('/worker'))
    .map((entry) => {
      const code = `console.log(Object.keys(await import('${entry}')).length)`;
      return Number(project.run(node, ['--input-type=module', '-e', code]));
    });
  const names = imports.reduce((sum, count) => sum + count, 0);
  if (imports.length > 0 && names === 0) throw new Error(`${name} exports nothing: ${entries.join(', ')}`);
  return names;
}

function checkCommands(project: Project, { manifest }: PackedPackage): void {
  for (const command of Object.keys(manifest.bin ?? {})) {
    const ttrec = (...args: string[]) =>
      project.run(join(project.folder, 'node_modules', '.bin', command), args);
    const version = ttrec('--version');
    if (version !== manifest['version']) throw new Error(`${command} --version says ${version}`);
    if (!ttrec('--help').includes(command)) throw new Error(`${command} --help does not name ${command}`);
    const planned = ttrec('plan', '--preset', 'criteo-kaggle', '--tt-tables', '7', '--rank', '32');
    if (!planned.endsWith('compression 117.4x')) throw new Error(`${command} plan says ${planned}`);
    const backends = ttrec('backends');
    if (!backends.includes(`not installed: npm install ${GPU}`)) {
      throw new Error(`${command} backends does not say that ${GPU} is not installed:\n${backends}`);
    }
  }
}

/** The examples of the front door: checked against the types that users get, and run as JavaScript of their Node. */
function checkExamples(project: Project): void {
  const examples = ['train', 'predict'];
  for (const name of examples) {
    copyFileSync(join(root, 'apps', 'trainer', 'examples', `${name}.ts`), join(project.folder, `${name}.ts`));
  }
  const options = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2023,esnext.disposable,dom',
  ];
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  project.run(process.execPath, [tsc, ...options, ...examples.map((name) => `${name}.ts`)]);
  const printed = examples.map((name) => project.run(node, [`${name}.js`]));
  if (!/auc: 0\.7/.test(printed[0]!)) throw new Error(`train.ts printed ${printed[0]!}`);
  if (!/^Float64Array\(2\) \[ 0\.\d+, 0\.\d+ \]$/.test(printed[1]!)) {
    throw new Error(`predict.ts printed ${printed[1]!}`);
  }
}

/** One package in an empty folder: what it brings, and that it works. */
function checkAlone(packed: PackedPackage, all: readonly PackedPackage[]): void {
  const project = emptyProject(packed.name.replace('/', '-'));
  project.install([packed], all);
  const { packages, bytes, native } = project.contents();
  const foreign = native.filter((file) => !file.startsWith(OWN_BINARIES));
  if (packed.name !== GPU && foreign.length > 0) {
    throw new Error(`${packed.name} brings foreign native code or scripts: ${foreign.join(', ')}`);
  }
  const names = exportedNames(project, packed);
  checkCommands(project, packed);
  if (packed.name === FRONT_DOOR) checkExamples(project);
  const size = `${(bytes / 1e6).toFixed(1)} MB in ${packages.length} packages`;
  console.log(`ok   ${packed.name} alone: ${size}, ${names} names`);
}

try {
  const packages = packAll(join(root, '.cache', 'tarballs-smoke'));
  const together = emptyProject('together');
  const versions = [node, 'npm'].map((program) => together.run(program, ['--version']));
  console.log(`node ${versions[0]!}, npm ${versions[1]!}, ${packages.length} tarballs`);
  together.install(packages, packages);
  for (const packed of packages) exportedNames(together, packed);
  console.log('ok   all together');
  for (const packed of packages) checkAlone(packed, packages);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
