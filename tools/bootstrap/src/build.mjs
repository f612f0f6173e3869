import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentFingerprint, filesUnder, listingFingerprint } from './fingerprint.mjs';
import { installFingerprint } from './install.mjs';
import { setupStep } from './setup-step.mjs';
import { packageFolders, root, stateFolder, toolEnvironment } from './workspace.mjs';

const stamp = join(stateFolder, 'build.json');
const BUILD_FILES = ['src', 'package.json', 'tsconfig.json', 'tsup.config.ts'];
const SHARED_FILES = ['tsconfig.base.json', 'turbo.json', join('tools', 'tsup-config')];

function builtFolders() {
  return packageFolders().filter((folder) => existsSync(join(root, folder, 'tsup.config.ts')));
}

/** A digest of all that decides what a build makes. */
function inputFingerprint() {
  const own = builtFolders().flatMap((folder) => BUILD_FILES.map((name) => join(folder, name)));
  return `${installFingerprint()} ${contentFingerprint(root, filesUnder(root, [...SHARED_FILES, ...own]))}`;
}

/** A digest of what the builds left. */
function outputFingerprint() {
  const folders = builtFolders().map((folder) => join(folder, 'dist'));
  return listingFingerprint(root, filesUnder(root, folders));
}

/** True when the last build saw the sources as they are now, and what it made still lies there untouched. */
export function isBuilt() {
  if (!existsSync(stamp)) return false;
  /** @type {{ input: string, output: string }} */
  const built = JSON.parse(readFileSync(stamp, 'utf8'));
  return built.input === inputFingerprint() && built.output === outputFingerprint();
}

/** Builds the trainer and the packages under it. */
export async function build() {
  const input = inputFingerprint();
  await setupStep('building', {
    file: 'turbo',
    args: [
      'run',
      'build',
      '--filter=@ttrec/trainer',
      '--no-daemon',
      '--ui=stream',
      '--output-logs=errors-only',
    ],
    cwd: root,
    env: { ...toolEnvironment(), TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  });
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(stamp, JSON.stringify({ input, output: outputFingerprint() }));
}
