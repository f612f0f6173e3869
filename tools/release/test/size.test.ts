import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sizeProblems } from '../src/install/alone.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'ttrec-size-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const installed = { packages: ['a@1.0.0', 'b@1.0.0'], bytes: 1.21e6, native: [] };

test.each([
  ['Installs at most 1.3 MB in 2 packages.', []],
  [
    'Installs at most 1.2 MB in 2 packages.',
    ['the README says at most 1.2 MB in 2 packages, it is 1.21 MB in 2 packages'],
  ],
  [
    'Installs at most 2 MB in 1 package.',
    ['the README says at most 2 MB in 1 packages, it is 1.21 MB in 2 packages'],
  ],
  ['Small.', ['the README states no size; it is 1.21 MB in 2 packages']],
])('%s', (readme, problems) => {
  writeFileSync(join(folder, 'README.md'), readme);
  expect(sizeProblems({ folder }, installed)).toEqual(problems);
});
