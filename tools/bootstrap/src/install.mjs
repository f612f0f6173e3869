import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentFingerprint, filesUnder } from './fingerprint.mjs';
import { SetupError, setupStep } from './setup-step.mjs';
import { packageFolders, packageManager, pinnedNode, root } from './workspace.mjs';

// In node_modules, so that removing node_modules removes the claim that it is complete.
const stamp = join(root, 'node_modules', '.ttrec-install');

/** A digest of all that decides what an install puts in place. */
export function installFingerprint() {
  const manifests = packageFolders().map((folder) => join(folder, 'package.json'));
  const files = filesUnder(root, [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    '.npmrc',
    'package.json',
    ...manifests,
  ]);
  return `${process.platform}-${process.arch} ${contentFingerprint(root, files)}`;
}

export function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === installFingerprint() && existsSync(pinnedNode);
}

/** Installs what the lockfile says, and nothing else, with the pinned package manager. */
export async function install() {
  const fingerprint = installFingerprint();
  await setupStep('installing the dependencies', {
    file: 'npx',
    args: ['--yes', packageManager(), 'install', '--frozen-lockfile', '--reporter=append-only'],
    cwd: root,
    // `npm run -s` asks for silence, and would get it even for errors. CI says that nobody is there to be asked whether
    // an outdated node_modules may be replaced.
    env: { ...process.env, npm_config_loglevel: 'notice', CI: 'true' },
  });
  if (!existsSync(pinnedNode)) {
    throw new SetupError(
      'the install left no Node behind: must be listed in onlyBuiltDependencies of pnpm-workspace.yaml',
    );
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, fingerprint);
}
