import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { entriesOf } from '../src/install/examples.ts';
import { root } from '../src/root.ts';
import { readManifest } from '../src/tarball/packed-package.ts';

/** Sources are read, not imported: the script of a worker would take the messages of the test's parent. */
test.each(globSync('packages/*/package.json', { cwd: root }))(
  'the entries of %s all export names',
  (file) => {
    const manifest = readManifest(join(root, file));
    const exports = manifest.exports as Record<string, string | { readonly '@ttrec/source': string }>;
    const exporting = Object.entries(exports).flatMap(([path, target]) => {
      if (typeof target === 'string') return [];
      const source = readFileSync(join(root, dirname(file), target['@ttrec/source']), 'utf8');
      return /^export /m.test(source) ? [manifest.name + path.slice(1)] : [];
    });
    expect(exporting.length).toBeGreaterThan(0);
    expect(entriesOf({ name: manifest.name, manifest })).toEqual(exporting);
  },
);
