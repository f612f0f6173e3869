import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readmeExample } from '../src/readme-example.ts';
import { runExample } from '../src/run-example.ts';

const packages = join(import.meta.dirname, '..', '..', '..', 'packages');

test.concurrent.each(readdirSync(packages).sort())('the README of %s prints what it says', (name) => {
  const folder = join(packages, name);
  const { code, printed } = readmeExample(readFileSync(join(folder, 'README.md'), 'utf8'));
  expect(code).toContain(`from '@ttrec/${name}'`);
  expect(runExample(code, folder)).toBe(printed);
});
