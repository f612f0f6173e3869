import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { root } from './root.ts';
import { run } from './run.ts';
import { readManifest, unpack, type PackedPackage } from './tarball/packed-package.ts';

/**
 * Copies the working tree, without what git ignores, as a git repository of its own, and lends it the installed packages.
 * Links between packages are relative: in the copy they lead to the copy.
 */
export function copyWorkspace(to: string): void {
  rmSync(to, { recursive: true, force: true });
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const files = git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  for (const file of files.filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(root, file), join(to, file), { verbatimSymlinks: true });
  }
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));
  for (const folder of workspaceFolders(to)) {
    const installed = join(root, folder, 'node_modules');
    if (existsSync(installed)) {
      cpSync(installed, join(to, folder, 'node_modules'), { recursive: true, verbatimSymlinks: true });
    }
  }
  git(to, 'init', '--quiet', '--initial-branch=main');
  git(to, 'add', '--all');
  git(
    to,
    '-c',
    'user.name=rehearsal',
    '-c',
    'user.email=rehearsal@localhost',
    'commit',
    '--quiet',
    '-m',
    'Copy',
  );
}

/** The folders of the workspace's packages, relative to its root. */
function workspaceFolders(workspace: string): string[] {
  return ['packages', 'apps', 'tools'].flatMap((group) =>
    readdirSync(join(workspace, group)).map((name) => join(group, name)),
  );
}

/** What the copy publishes: its packages that are not private, by folder. */
export function publishedFolders(workspace: string): string[] {
  return workspaceFolders(workspace)
    .map((folder) => join(workspace, folder))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .filter((folder) => readManifest(join(folder, 'package.json'))['private'] !== true);
}

/**
 * The commands of a release, in the copy: versions and changelogs from the changesets, build, publish. Libraries are built the same
 * whatever their version, so that turbo has them from the build of the working tree; the command holds its version.
 */
export async function release(
  workspace: string,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<void> {
  const bin = join(workspace, 'node_modules', '.bin');
  const options = { cwd: workspace, env: { ...env, PATH: `${bin}:${env['PATH'] ?? ''}` } };
  const cache = `--cache-dir=${join(root, '.turbo', 'cache')}`;
  const build = ['run', 'build', '--ui=stream', cache];
  await run('turbo', [...build, '--filter=./packages/*', '--filter=ttrec'], options);
  log('build');
  await run('changeset', ['version'], options);
  const unreleased = publishedFolders(workspace).filter(
    (folder) => readManifest(join(folder, 'package.json')).version === '0.0.0',
  );
  if (unreleased.length > 0) throw new Error(`no changeset gives a version to ${unreleased.join(', ')}`);
  log('versions by changesets');
  await run('turbo', [...build, '--filter=ttrec', '--only'], options);
  log('build of the command, with its version');
  // Their prepack would build every library again.
  const withoutScripts = { ...options.env, npm_config_ignore_scripts: 'true' };
  await run('changeset', ['publish'], { ...options, env: withoutScripts });
  log('publish');
}

/** The tarballs that the registry serves, unpacked. */
export async function publishedTarballs(
  workspace: string,
  to: string,
  download: (spec: string, folder: string) => Promise<string>,
): Promise<PackedPackage[]> {
  const packages: PackedPackage[] = [];
  mkdirSync(to, { recursive: true });
  for (const folder of publishedFolders(workspace)) {
    const { name, version } = readManifest(join(folder, 'package.json'));
    const tarball = await download(`${name}@${version!}`, to);
    packages.push(unpack(tarball, join(to, name.replace('/', '-'))));
  }
  return packages;
}
