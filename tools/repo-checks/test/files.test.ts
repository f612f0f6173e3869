import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root, trackedFiles } from '../src/workspace.ts';

const LONGEST = 400;
const MOST_IN_A_FOLDER = 12;
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

const sources = files.filter((file) => /^(packages|apps|tools)\/.*\.[cm]?tsx?$/.test(file));

test(`no source file is longer than ${LONGEST} lines`, () => {
  expect(sources.length).toBeGreaterThan(0);
  const isLong = (file: string) =>
    readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length > LONGEST;
  expect(sources.filter(isLong)).toEqual([]);
});

test(`no folder of sources holds more than ${MOST_IN_A_FOLDER} files`, () => {
  const counts = new Map<string, number>();
  for (const folder of sources
    .filter((file) => /\/src\/(?!.*generated\/)/.test(file))
    .map((file) => dirname(file)))
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  expect(counts.size).toBeGreaterThan(0);
  expect([...counts].flatMap(([folder, count]) => (count > MOST_IN_A_FOLDER ? [folder] : []))).toEqual([]);
});

test('what is different about a kind of table is in its descriptor, or in its generator of the planner', () => {
  const names =
    'tt|int8|int4|integers|sum|permuted|bands|vocabulary-limit|pool|hot-cold|compositional|low-rank|mixed-dimension|cached';
  const elsewhere = sources.filter((file) => /\/src\/(?!kinds\/)/.test(file) && !file.startsWith('tools/'));
  expect(placesOf(new RegExp(`(\\.kind [!=]==|case) '(${names})'`), elsewhere)).toEqual([]);
});

test('no file names a folder of one machine', () => {
  // An absolute path into a folder where people and build machines keep clones.
  const homes = ['home', 'Users', 'root', 'work', 'mnt(?!/models)', 'builds'].join('|');
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
