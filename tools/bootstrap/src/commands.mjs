import { join, resolve } from 'node:path';
import { handOver } from './hand-over.mjs';
import { setUp } from './set-up.mjs';
import { step } from './step.mjs';
import { callerFolder, pinnedNode, root, toolEnvironment } from './workspace.mjs';

/**
 * The root npm scripts. Each sets up what it needs and then runs on the pinned Node.
 * @type {Record<string, (args: string[]) => Promise<void>>}
 */
export const commands = {
  setup: async () => setUp({ built: true }),
  ttrec: async (args) => ttrec(args),
  demo: async (args) => ttrec(['compare', join(root, 'apps', 'trainer', 'configs', 'demo.json'), ...args]),
  bench: async (args) => program('bench', args, { built: false }),
  study: async (args) => program('study', args, { built: false }),
  torture: async (args) => program('torture', args, { built: true }),
  'release:dry': async (args) => program('release', args, { built: false }),
  soak: async (args) => program('soak', args, { built: true }),
  playground: async (args) => playground(args),
  test: async (args) => vitest(args),
  'test:golden': async (args) => vitest(['golden', ...args]),
  'test:browser': async (args) => vitest(['--config', 'vitest.browser.config.ts', ...args]),
};

/** @param {string[]} args */
async function ttrec(args) {
  await setUp({ built: true });
  const cli = join(root, 'apps', 'trainer', 'dist', 'cli.js');
  await handOver({ file: pinnedNode, args: [cli, ...args], cwd: callerFolder(), env: process.env });
}

/**
 * A program of `tools/`.
 * @param {string} name
 * @param {string[]} args
 * @param {{ built: boolean }} needs
 */
async function program(name, args, needs) {
  await setUp(needs);
  const file = join(root, 'tools', name, 'src', 'main.ts');
  const nodeArgs = ['--conditions=@ttrec/source', file, ...args];
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
  await step('building the page', { file: pinnedNode, args: [vite, 'build'], cwd, env, quietMs: 0 });
  await handOver({ file: pinnedNode, args: [vite, 'preview', ...args], cwd, env });
}

/** @param {string[]} args */
async function vitest(args) {
  await setUp({ built: false });
  const cli = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  await handOver({ file: pinnedNode, args: [cli, 'run', ...args], cwd: root, env: testEnvironment() });
}

/** The tests run in the root; TTREC_GOLDEN is relative to the caller's folder. */
function testEnvironment() {
  const golden = process.env.TTREC_GOLDEN;
  if (golden === undefined || golden === '') return toolEnvironment();
  return { ...toolEnvironment(), TTREC_GOLDEN: resolve(callerFolder(), golden) };
}
