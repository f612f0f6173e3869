import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, sourcesUnder, trackedFiles } from '../src/workspace.ts';

const LONGEST = 400;
const BINARY = /\.(gz|png|wasm|safetensors|bin)$/;
const files = trackedFiles().filter((file) => !BINARY.test(file));

/** The places, as `file:line`, where a pattern is found. */
function placesOf(pattern: RegExp, candidates: readonly string[]): string[] {
  return candidates.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  );
}

test(`no source file is longer than ${LONGEST} lines`, () => {
  const sources = ['packages', 'apps', 'tools']
    .flatMap(sourcesUnder)
    .filter((file) => !file.includes('/dist/'));
  expect(sources.length).toBeGreaterThan(0);
  const isLong = (file: string) =>
    readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length > LONGEST;
  expect(sources.filter(isLong)).toEqual([]);
});

test('no file names a folder of somebody’s machine', () => {
  // An absolute path into one of the folders where people and build machines keep their clones.
  const homes = ['home', 'Users', 'root', 'work', 'mnt', 'builds'].join('|');
  expect(placesOf(new RegExp(`(^|[\\s"'\`(=])/(${homes})/[\\w.-]`), files)).toEqual([]);
});

test('no file names the folder of this clone', () => {
  const withRoot = files.filter((file) => readFileSync(join(root, file), 'utf8').includes(`${root}/`));
  expect(withRoot).toEqual([]);
});

test('the lockfile names packages, not the host that served them', () => {
  expect(placesOf(/https?:|tarball:|registry[.=]/, ['pnpm-lock.yaml'])).toEqual([]);
});

test('no setting ties the repository to a registry', () => {
  const settings = files.filter((file) => /(^|\/)\.(npmrc|yarnrc.*)$|\.(ya?ml|json)$/.test(file));
  expect(placesOf(/^\s*"?(@[\w-]+:)?registry"?\s*[=:]|_authToken/, settings)).toEqual([]);
});
