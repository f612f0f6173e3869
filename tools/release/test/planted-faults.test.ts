import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tarballProblems } from '../src/tarball/lint.ts';
import { unpack, type PackedPackage } from '../src/tarball/packed-package.ts';
import { plantFaults } from '../src/tarball/planted-faults.ts';

type Files = Readonly<Record<string, string>>;
interface Faults {
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly files?: Files;
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const manifest = {
  name: 'healthy',
  version: '1.0.0',
  type: 'module',
  license: 'MIT',
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  files: ['dist'],
  dependencies: { zod: '4.6.7', ndarray: '1.1.1', '@types/ndarray': '1.1.0' },
};

/** In two parts: the loader of this file would follow it. */
const sourceMap = ['//#', 'sourceMappingURL='].join(' ');
const map = (fields: object) => JSON.stringify({ version: 3, mappings: '', names: [], ...fields });
const files: Files = {
  LICENSE: 'MIT',
  'README.md': '# healthy\n\n[the licence](LICENSE), [the site](https://example.com), [below](#below)\n',
  'dist/index.js': `import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { part } from './part.js';
export const load = () => [import('zod/v4'), part, z, readFileSync, new URL('./worker.js', import.meta.url)];
${sourceMap}index.js.map
`,
  'dist/index.js.map': map({ sources: ['../src/index.ts'], sourcesContent: ['export const load = …'] }),
  'dist/part.js': 'export const part = 1;\n',
  'dist/part.d.ts': 'export declare const part = 1;\n',
  'dist/worker.js': 'postMessage(1);\n',
  'dist/index.d.ts': `import type { NdArray } from 'ndarray';
import { part } from './part.js';
export declare const load: () => [NdArray, typeof part];
`,
};

async function problemsWith(faults: Faults): Promise<string[]> {
  return tarballProblems(packedWith(faults));
}

function packedWith(faults: Faults): PackedPackage {
  const folder = mkdtempSync(join(tmpdir(), 'ttrec-faults-'));
  folders.push(folder);
  const source = join(folder, 'source');
  const written = {
    ...files,
    ...faults.files,
    'package.json': JSON.stringify({ ...manifest, ...faults.manifest }),
  };
  for (const [file, text] of Object.entries(written)) {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    writeFileSync(join(source, file), text);
  }
  execFileSync('npm', ['pack', source, '--silent', '--pack-destination', folder]);
  return unpack(join(folder, 'healthy-1.0.0.tgz'), join(folder, 'unpacked'));
}

test('a healthy tarball has no problem', async () => {
  expect(await problemsWith({})).toEqual([]);
});

const importing = (text: string) => ({ files: { 'dist/index.js': text } });

test.each<[fault: string, faults: Faults, problem: string]>([
  [
    'a file that `files` leaves out',
    { manifest: { files: ['dist/index.*', 'dist/worker.js'] } },
    'dist/index.js: ./part.js is not in the tarball',
  ],
  [
    'a worker that `files` leaves out',
    { manifest: { files: ['dist/index.*', 'dist/part.*'] } },
    'dist/index.js: ./worker.js is not in the tarball',
  ],
  [
    'a types path that does not exist',
    { manifest: { exports: { '.': { types: './dist/types.d.ts', default: './dist/index.js' } } } },
    './dist/types.d.ts is named by the manifest and is not in the tarball',
  ],
  [
    'a command that is not packed',
    { manifest: { bin: { healthy: './dist/cli.js' } } },
    './dist/cli.js is named by the manifest and is not in the tarball',
  ],
  [
    'an undeclared dependency',
    importing(`export { FastifyError } from 'fastify';\n`),
    'dist/index.js: imports fastify, which is not declared',
  ],
  [
    'an undeclared dependency of the types',
    { files: { 'dist/index.d.ts': `export type { Scope } from '@scope/types/deep';\n` } },
    'dist/index.d.ts: imports @scope/types, which is not declared',
  ],
  [
    'an undeclared dependency that is imported on demand',
    importing(`export const load = () => import('ml-matrix');\n`),
    'dist/index.js: imports ml-matrix, which is not declared',
  ],
  [
    'a dependency for development alone',
    {
      manifest: { devDependencies: { uplot: '1.6.32' } },
      files: { 'dist/index.js': `export { default } from 'uplot';\n` },
    },
    'dist/index.js: imports uplot, which is not declared',
  ],
  [
    'a workspace version',
    { manifest: { dependencies: { ...manifest.dependencies, other: 'workspace:*' } } },
    'a dependency still says workspace:',
  ],
  [
    'a script that runs at install',
    { manifest: { scripts: { postinstall: 'node-gyp rebuild' } } },
    'the script postinstall runs at install',
  ],
  [
    'a source map whose sources are nowhere',
    { files: { 'dist/index.js.map': map({ sources: ['../src/index.ts'] }) } },
    'dist/index.js.map: the source ../src/index.ts is neither in the map nor in the tarball',
  ],
  [
    'a source map that is not packed',
    { files: { 'dist/part.js': `export const part = 1;\n${sourceMap}part.js.map\n` } },
    'dist/part.js: part.js.map is not in the tarball',
  ],
  [
    'a link of the README',
    { files: { 'README.md': '[the guide](docs/guide.md)' } },
    'README.md: the link docs/guide.md leads to no file of the tarball',
  ],
  [
    'a picture of the README',
    { files: { 'README.md': '<img src="plot.svg" alt="A plot" />' } },
    'README.md: the link plot.svg leads to no file of the tarball',
  ],
])('%s is found', async (_, faults, problem) => {
  expect(await problemsWith(faults)).toContain(problem);
});

const planted = () => {
  const packed = packedWith({});
  return { packed, folder: join(packed.folder, '..', 'planted') };
};

test('faults that are planted in a packed package are found', async () => {
  const { packed, folder } = planted();
  expect(await plantFaults(packed, folder)).toEqual([
    'a file that `files` leaves out',
    'declarations that `files` leaves out',
    'a types path that does not exist',
    'an undeclared dependency',
    'a licence that `files` leaves out',
  ]);
});

test('a check that does not find them is told', async () => {
  const { packed, folder } = planted();
  const blind = async (each: PackedPackage) =>
    (await tarballProblems(each)).filter((text) => !/not declared/.test(text));
  await expect(plantFaults(packed, folder, blind)).rejects.toThrow(
    'an undeclared dependency is not found, but nothing',
  );
});
