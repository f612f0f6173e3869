import type { PackedPackage } from './packed-package.ts';

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

/** What is wrong with a packed manifest: workspace versions, scripts that run at install, and paths that lead to no packed file. */
export function manifestProblems({ manifest, files }: Pick<PackedPackage, 'manifest' | 'files'>): string[] {
  const problems = [];
  if (JSON.stringify(manifest).includes('workspace:')) problems.push('a dependency still says workspace:');
  for (const name of INSTALL_SCRIPTS) {
    if (Object.hasOwn(manifest.scripts ?? {}, name)) problems.push(`the script ${name} runs at install`);
  }
  for (const path of pathsIn([manifest.exports, manifest.bin, manifest['main'], manifest['types']])) {
    const file = path.replace(/^\.\//, '');
    if (!files.includes(file)) problems.push(`${path} is named by the manifest and is not in the tarball`);
  }
  if (!files.includes('LICENSE')) problems.push('there is no LICENSE');
  return problems;
}

/** Every string in a value, however deep. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(pathsIn);
}
