import { join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allowedDependencies, allowedInTests, concreteBackends } from '../src/arrows.ts';
import { importsOf, workspacePackageOf } from '../src/imports.ts';
import { packagesIn, sourcesUnder } from '../src/workspace.ts';

const packages = packagesIn('packages', 'apps');

function workspaceNames(dependencies: Readonly<Record<string, string>> | undefined): string[] {
  return Object.keys(dependencies ?? {}).flatMap((name) => workspacePackageOf(name) ?? []);
}

describe('the table of arrows', () => {
  test('has a line for every package, and for nothing else', () => {
    expect(Object.keys(allowedDependencies).sort()).toEqual(packages.map(({ name }) => name).sort());
  });

  test('only points down', () => {
    const above = new Set<string>();
    for (const [name, allowed] of Object.entries(allowedDependencies)) {
      for (const dependency of allowed) {
        expect(above, `${name} may import ${dependency}, which does not stand above it`).toContain(
          dependency,
        );
      }
      above.add(name);
    }
  });

  test('lets no package but an application name an engine', () => {
    for (const { name } of packagesIn('packages')) {
      expect(allowedDependencies[name]?.filter((other) => concreteBackends.includes(other))).toEqual([]);
    }
  });
});

describe.each(packages)('$name', ({ name, folder, manifest }) => {
  const allowed = allowedDependencies[name] ?? [];

  test('depends on what the table allows', () => {
    const declared = workspaceNames({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect(declared.filter((dependency) => !allowed.includes(dependency))).toEqual([]);
    const forTests = workspaceNames(manifest.devDependencies);
    expect(forTests.filter((other) => !allowed.includes(other) && !allowedInTests.includes(other))).toEqual(
      [],
    );
  });

  test('imports in its sources what it declares, and by name', () => {
    const declared = workspaceNames({ ...manifest.dependencies, ...manifest.peerDependencies });
    const wrong = sourcesUnder(join(folder, 'src'))
      .flatMap(importsOf)
      .filter(({ file, specifier }) => {
        if (specifier.startsWith('.'))
          return !normalize(join(file, '..', specifier)).startsWith(join(folder, '/'));
        const other = workspacePackageOf(specifier);
        return other !== undefined && !declared.includes(other);
      });
    expect(wrong).toEqual([]);
  });

  test('stays inside its own folder in its tests', () => {
    const wrong = ['test', 'test-browser']
      .flatMap((tests) => sourcesUnder(join(folder, tests)))
      .flatMap(importsOf)
      .filter(({ file, specifier }) => {
        return (
          specifier.startsWith('.') && !normalize(join(file, '..', specifier)).startsWith(join(folder, '/'))
        );
      });
    expect(wrong).toEqual([]);
  });
});
