import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every file at or under the given paths (a missing path has none), in a fixed order, relative to `root`.
 * @param {string} root
 * @param {string[]} paths
 * @returns {string[]}
 */
export function filesUnder(root, paths) {
  return paths.flatMap((path) => {
    const full = join(root, path);
    if (!existsSync(full)) return [];
    if (!statSync(full).isDirectory()) return [path];
    const names = readdirSync(full).filter((name) => name !== 'node_modules');
    return filesUnder(
      root,
      names.sort().map((name) => join(path, name)),
    );
  });
}

/**
 * A digest of the names and the contents of files.
 * @param {string} root
 * @param {string[]} files
 */
export function contentFingerprint(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * A digest of the names, sizes and times of files: for outputs, which nobody edits but a build may replace.
 * @param {string} root
 * @param {string[]} files
 */
export function listingFingerprint(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex');
}
