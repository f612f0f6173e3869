import { basename, join, resolve } from 'node:path';
import { filesUnder } from './fingerprint.mjs';
import { handOver } from './hand-over.mjs';
import { setUp } from './set-up.mjs';
import { SetupError, setupStep } from './setup-step.mjs';
import { callerFolder, packageFolders, pinnedNode, root, toolEnvironment } from './workspace.mjs';

/**
 * The root npm scripts. Each sets up what it needs and then runs on the pinned Node.
 * @type {Record<string, (args: string[]) => Promise<void>>}
 */
export const commands = {
  setup: async () => setUp({ built: true }),
  ttrec: async (args) => ttrec(args),
  demo: async (args) => ttrec(['compare', join(root, 'apps', 'trainer', 'configs', 'demo.json'), ...args]),
  bench: async (args) => bench(args),
  playground: async (args) => playground(args),
  test: async (args) => vitest(args),
  'test:golden': async (args) => vitest([...goldenTests(), ...args]),
  'test:browser': async (args) => vitest(['--config', 'vitest.browser.config.ts', ...args]),
};

/** @param {string[]} args */
async function ttrec(args) {
  await setUp({ built: true });
  const cli = join(root, 'apps', 'trainer', 'dist', 'cli.js');
  await handOver({ file: pinnedNode, args: [cli, ...args], cwd: callerFolder(), env: process.env });
}

/** @param {string[]} args */
async function bench(args) {
  await setUp({ built: false });
  const program = join(root, 'tools', 'bench', 'src', 'main.ts');
  const nodeArgs = ['--conditions=@ttrec/source', program, ...args];
  await handOver({ file: pinnedNode, args: nodeArgs, cwd: callerFolder(), env: process.env });
}

/**
 * Builds the page, which takes about a second, and serves it on loopback as visitors get it.
 * @param {string[]} args
 */
async function playground(args) {
  await setUp({ built: false });
  const cwd = join(root, 'apps', 'playground');
  const vite = join(cwd, 'node_modules', 'vite', 'bin', 'vite.js');
  const env = toolEnvironment();
  await setupStep('building the page', { file: pinnedNode, args: [vite, 'build'], cwd, env });
  await handOver({ file: pinnedNode, args: [vite, 'preview', ...args], cwd, env });
}

/** @param {string[]} args */
async function vitest(args) {
  await setUp({ built: false });
  const cli = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  await handOver({ file: pinnedNode, args: [cli, 'run', ...args], cwd: root, env: testEnvironment() });
}

/** The tests run in the root; a folder of golden vectors is named from where the caller stands. */
function testEnvironment() {
  const golden = process.env.TTREC_GOLDEN;
  if (golden === undefined || golden === '') return toolEnvironment();
  return { ...toolEnvironment(), TTREC_GOLDEN: resolve(callerFolder(), golden) };
}

function goldenTests() {
  const folders = packageFolders().map((folder) => join(folder, 'test'));
  const found = filesUnder(root, folders).filter((file) => /golden.*\.test\.ts$/.test(basename(file)));
  if (found.length === 0)
    throw new SetupError('no golden test found: their names must match *golden*.test.ts');
  return found;
}
