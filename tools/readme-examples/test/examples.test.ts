import { expect, test } from 'vitest';
import { importedPackages, pageExamples } from '../src/examples.ts';

const examples = pageExamples();

test('every package and the command have an example', () => {
  expect(examples.filter(({ page }) => page.endsWith('README.md')).length).toBeGreaterThan(10);
});

const readmes = examples.filter(({ page, language }) => page.startsWith('packages/') && language === 'ts');

test.each(readmes)('the example of $page uses its package', ({ code, folder }) => {
  expect(code).toContain(`from '@ttrec/${folder.replace('packages/', '')}`);
});

test.each(readmes)('$page tells to install what its example imports', ({ code, installs }) => {
  expect(installs).toEqual(expect.arrayContaining(importedPackages(code)));
});
