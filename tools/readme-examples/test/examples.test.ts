import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readmeExample } from '../src/readme-example.ts';
import { runExample, runShellExample } from '../src/run-example.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const packages = join(root, 'packages');

test.concurrent.each(readdirSync(packages).sort())('the README of %s prints what it says', (name) => {
  const folder = join(packages, name);
  const { code, printed } = readmeExample(readFileSync(join(folder, 'README.md'), 'utf8'));
  expect(code).toContain(`from '@ttrec/${name}`);
  expect(runExample(code, folder)).toBe(printed);
});

/** A comment in the page names the folder that its example runs in, which has the packages that it imports. */
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const examples = pages.flatMap((page) => {
  const markdown = readFileSync(join(root, 'docs', page), 'utf8');
  const [, folder] = /^<!-- The example runs in (\S+)\. -->$/m.exec(markdown) ?? [];
  return folder === undefined ? [] : [{ page, markdown, folder: join(root, folder) }];
});

test.concurrent.each(examples)('docs/$page prints what it says', ({ markdown, folder }) => {
  const { code, printed } = readmeExample(markdown);
  expect(runExample(code, folder)).toBe(printed);
});

test.concurrent('the README of the command prints what it says', () => {
  const folder = join(root, 'apps', 'trainer');
  const { code, printed } = readmeExample(readFileSync(join(folder, 'README.md'), 'utf8'), 'sh');
  expect(code).toContain('ttrec ');
  expect(runShellExample(code, 'ttrec', join(folder, 'src', 'cli.ts'))).toBe(printed);
});
