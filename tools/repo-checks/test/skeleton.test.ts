import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packagesIn, publishedPackages, root, type ExportTarget } from '../src/workspace.ts';

const SOURCE = '@ttrec/source';

/** What the exports must be once published: the same, without the condition that leads to sources. */
function publishedForm(exports: Readonly<Record<string, ExportTarget>>): Record<string, ExportTarget> {
  const withoutSource = (target: ExportTarget) =>
    typeof target === 'string'
      ? target
      : Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== SOURCE));
  return Object.fromEntries(Object.entries(exports).map(([path, target]) => [path, withoutSource(target)]));
}

describe.each(publishedPackages())('$name', ({ name, folder, manifest }) => {
  test('has the files that every package has', () => {
    const files = ['README.md', 'tsconfig.json', 'tsup.config.ts', 'src', 'test'];
    expect(files.filter((file) => !existsSync(join(root, folder, file)))).toEqual([]);
  });

  test('has the manifest that every package has', () => {
    expect(manifest).toMatchObject({
      // The front door has the name of the whole.
      name: name === 'ttrec' ? name : `@ttrec/${name}`,
      license: 'MIT',
      type: 'module',
      description: expect.stringMatching(/\S/) as string,
      scripts: {
        build: 'tsup',
        prepack: 'turbo run build --output-logs=errors-only >&2',
      },
      engines: { node: '>=20.19' },
      keywords: expect.arrayContaining(['recommendation']) as string[],
      homepage: `https://github.com/ttrec/ttrec/tree/main/${folder}#readme`,
      repository: { type: 'git', url: 'git+https://github.com/ttrec/ttrec.git', directory: folder },
    });
    expect(manifest['files']).toEqual(expect.arrayContaining(['dist', 'README.md']));
    // What has effects is named: the script of a worker, which bundlers would leave out otherwise.
    const scripts = Object.entries(manifest.exports ?? {}).flatMap(([path, target]) =>
      typeof target !== 'string' && /(^|\/|-)worker$/.test(path) ? [target[SOURCE], target['default']] : [],
    );
    expect(manifest['sideEffects']).toEqual(scripts.length > 0 ? scripts : false);
  });

  test('exports sources to the workspace and builds to everyone', () => {
    const exports = manifest.exports ?? {};
    expect(exports['./package.json']).toBe('./package.json');
    // testkit has an entry for each of its two suites and no main one.
    if (name !== 'testkit') {
      expect(exports['.']).toEqual({
        [SOURCE]: './src/index.ts',
        types: './dist/index.d.ts',
        default: './dist/index.js',
      });
    }
    for (const target of Object.values(exports)) {
      // The first condition that holds is taken: sources must come before what is built from them.
      if (typeof target !== 'string') expect(Object.keys(target)[0]).toBe(SOURCE);
    }
    expect(manifest.publishConfig?.exports ?? exports).toEqual(publishedForm(exports));
  });

  test('pins what it depends on', () => {
    const versions = { ...manifest.dependencies, ...manifest.devDependencies };
    const loose = Object.entries(versions).filter(
      ([, version]) => !/^(workspace:\*|\d+\.\d+\.\d+(-[\w.]+)?)$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  test('has a tsconfig and a build like its neighbours', () => {
    const config = JSON.parse(readFileSync(join(root, folder, 'tsconfig.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(config['extends']).toBe('../../tsconfig.base.json');
    expect(config['include']).toEqual(expect.arrayContaining(['src', 'test', '*.config.ts']));
    expect(readFileSync(join(root, folder, 'tsup.config.ts'), 'utf8')).toContain('packageConfig(');
  });
});

/** Turbo builds a package after those that it depends on. The peer of the testkit is what its suites test, and no part of it. */
test('packages do not depend on each other in a circle, development included', () => {
  const all = packagesIn('packages', 'apps', 'tools');
  const needed = new Map(
    all.map(({ manifest }) => [
      manifest.name,
      Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
    ]),
  );
  const built = new Set<string>();
  const isReady = (name: string) =>
    needed.get(name)!.every((other) => !needed.has(other) || built.has(other));
  // In each round all that can be built are: there are no more rounds than packages.
  all.forEach(() => [...needed.keys()].filter(isReady).forEach((name) => built.add(name)));
  expect([...needed.keys()].filter((name) => !built.has(name))).toEqual([]);
});
