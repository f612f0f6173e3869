import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { briefBuild, briefInstall } from './brief.mjs';
import { withLock } from './lock.mjs';
import { SetupError, step } from './step.mjs';
import { packageManager, pinnedNode, root, toolEnvironment } from './workspace.mjs';

/**
 * Brings the working tree to where a command can run. pnpm and turbo decide what there is to do; with nothing to do it
 * takes a third of a second and prints nothing.
 * @param {{ built: boolean }} need whether the command runs what the build makes, or the sources alone
 */
export async function setUp({ built }) {
  const onWait = () => process.stderr.write('[setup] waiting for another set-up of this clone …\n');
  await withLock(root, { onWait }, async () => {
    await install();
    if (built) await build();
  });
}

/** Installs the lockfile with the pinned package manager. */
async function install() {
  const pnpm = join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
  const installed = existsSync(pnpm) && existsSync(pinnedNode);
  const title = installed
    ? 'checking the dependencies'
    : `installing ${packageManager()} and the dependencies: 860 MB on disk, some minutes`;
  await step(title, {
    file: process.execPath,
    args: [...(installed ? [pnpm] : fetchedPnpm()), 'install', '--frozen-lockfile', '--loglevel=info'],
    cwd: root,
    // npm hands its log level on, which is silent under `npm run -s`. CI allows pnpm to replace an outdated node_modules
    // without asking.
    env: { ...process.env, npm_config_loglevel: 'error', CI: 'true' },
    quietMs: installed ? 1000 : 0,
    brief: briefInstall(),
  });
  if (!existsSync(pinnedNode)) {
    throw new SetupError(
      'the install left no Node behind: must be listed in onlyBuiltDependencies of pnpm-workspace.yaml',
    );
  }
}

/** npm exists before anything is installed, and passes its own path to its scripts. */
function fetchedPnpm() {
  const npm = process.env.npm_execpath;
  if (npm === undefined || !npm.includes('npm-cli')) {
    throw new SetupError('the first set-up must be started by npm: npm run setup');
  }
  return [npm, 'exec', '--yes', '--', packageManager()];
}

/** Builds the command and the packages under it, as far as they have changed. */
async function build() {
  const turbo = join(root, 'node_modules', 'turbo', 'bin', 'turbo');
  await step('building what changed', {
    file: pinnedNode,
    args: [turbo, 'run', 'build', '--filter=ttrec', '--ui=stream', '--output-logs=new-only'],
    cwd: root,
    env: { ...toolEnvironment(), TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
    quietMs: 1000,
    brief: briefBuild,
  });
}
