import { expect, test } from 'vitest';
import { manifestProblems } from '../src/manifest-problems.ts';

const files = ['package.json', 'dist/index.js', 'dist/index.d.ts'];

test('a manifest whose paths are all packed has no problem', () => {
  const exports = {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  };
  expect(manifestProblems({ manifest: { name: 'a', exports, bin: { a: 'dist/index.js' } }, files })).toEqual(
    [],
  );
});

test('a source condition, a missing command and a workspace version are named', () => {
  const manifest = {
    name: 'a',
    exports: { '.': { '@ttrec/source': './src/index.ts', default: './dist/index.js' } },
    bin: { a: './dist/cli.js' },
    dependencies: { b: 'workspace:*' },
  };
  expect(manifestProblems({ manifest, files })).toEqual([
    'a dependency still says workspace:',
    './src/index.ts is named by the manifest and is not in the tarball',
    './dist/cli.js is named by the manifest and is not in the tarball',
  ]);
});
