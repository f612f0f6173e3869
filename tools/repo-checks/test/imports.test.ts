import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ICruiseResult } from 'dependency-cruiser';
import { importRules, imports } from '../src/imports.ts';
import { layers } from '../src/layers.ts';
import { packagesIn, root } from '../src/workspace.ts';

const packages = packagesIn('packages', 'apps');

/** What breaks rules, as `rule: from -> to`. */
function broken({ summary }: ICruiseResult): string[] {
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

describe('the packages', () => {
  let result: ICruiseResult;
  beforeAll(async () => {
    result = await imports(root);
  });

  test('import each other by name, downwards, and without circles', () => {
    expect(broken(result)).toEqual([]);
    expect(result.summary.totalCruised).toBeGreaterThan(packages.length);
  });

  test('have one place each in the layers', () => {
    const names = layers.flat();
    expect(new Set(names).size).toBe(names.length);
    expect(packages.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(packages)('$name declares what its sources import', ({ folder, manifest }) => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    const used = result.modules
      .filter(({ source }) => source.startsWith(`${folder}/src/`))
      .flatMap(({ dependencies }) => dependencies)
      .flatMap(({ module }) => /^@ttrec\/[^/?]+/.exec(module) ?? []);
    expect([...new Set(used)].filter((name) => !declared.includes(name))).toEqual([]);
  });
});

describe('the rules find', () => {
  const files = {
    'packages/core/package.json': '{ "name": "@ttrec/core", "exports": "./src/index.ts" }',
    'packages/core/src/index.ts': `export type { B } from './b.ts';\nexport interface A { a: 1 }\n`,
    'packages/core/src/b.ts': `import type { A } from './index.ts';\nexport type B = A;\n`,
    'packages/backend/src/index.ts': `import { a } from '../../core/src/index.ts';\nimport { c } from 'c';\nexport default [a, c];\n`,
    'packages/backend/src/up.ts': `export { fit } from '../../training/src/index.ts';\n`,
    'packages/training/src/index.ts': `export { cpu } from '../../backend-cpu/src/index.ts';\nexport { t } from '../../../tools/t/src/index.ts';\n`,
    'packages/backend-cpu/src/index.ts': 'export const cpu = 1;\n',
    'apps/trainer/src/index.ts': `export { cpu } from '../../../packages/backend-cpu/src/index.ts';\n`,
    'apps/trainer/src/terminal/format.ts': `export { render } from '../report/render.ts';\n`,
    'apps/trainer/src/report/render.ts': `export { cpu as render } from '../index.ts';\n`,
    'tools/t/src/index.ts': 'export const t = 1;\n',
  };
  const expected: Record<string, readonly string[]> = {
    'no circle': ['packages/core/src/b.ts -> packages/core/src/index.ts'],
    'every import is found': ['packages/backend/src/index.ts -> c'],
    'other packages by name': [
      'apps/trainer/src/index.ts -> packages/backend-cpu/src/index.ts',
      'packages/backend/src/index.ts -> packages/core/src/index.ts',
      'packages/backend/src/up.ts -> packages/training/src/index.ts',
      'packages/training/src/index.ts -> packages/backend-cpu/src/index.ts',
      'packages/training/src/index.ts -> tools/t/src/index.ts',
    ],
    'no tool in what is published': ['packages/training/src/index.ts -> tools/t/src/index.ts'],
    'no engine but in an application': [
      'packages/training/src/index.ts -> packages/backend-cpu/src/index.ts',
    ],
    'terminal and report are leaves': [
      'apps/trainer/src/report/render.ts -> apps/trainer/src/index.ts',
      'apps/trainer/src/terminal/format.ts -> apps/trainer/src/report/render.ts',
    ],
    'arrows point down': ['packages/backend/src/up.ts -> packages/training/src/index.ts'],
  };

  let folder: string;
  let found: string[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ttrec-imports-'));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    found = broken(await imports(folder));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test.each([...new Set(importRules.map(({ name }) => name ?? ''))])('%s', (rule) => {
    const places = found.flatMap((text) =>
      text.startsWith(`${rule}: `) ? [text.slice(rule.length + 2)] : [],
    );
    expect(places.sort()).toEqual(expected[rule]);
  });
});
