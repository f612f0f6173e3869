import { expect, test } from 'vitest';
import { rewriteLinks, type Lookup } from '../src/pages.ts';

const pages = new Map([
  ['README.md', 'index'],
  ['docs/benchmarks.md', 'benchmarks'],
  ['docs/guide.md', 'guide'],
  ['packages/core/README.md', 'packages/core'],
  ['apps/trainer/README.md', 'command'],
]);
const lookup: Lookup = (path) => (path.endsWith('src') ? 'folder' : 'file');
const web = 'https://github.com/ttrec/ttrec';

test.each([
  ['a page', 'docs/guide.md', 'benchmarks.md', './benchmarks'],
  ['a heading of a page', 'docs/guide.md', '../apps/trainer/README.md#serve', './command#serve'],
  ['a heading of the same page', 'docs/guide.md', '#below', '#below'],
  ['the folder of a page', 'README.md', 'packages/core', './packages/core'],
  ['a page, from a folder', 'packages/core/README.md', '../../docs/guide.md', '../guide'],
  [
    'a page, by its address on the web',
    'packages/core/README.md',
    `${web}/tree/main/apps/trainer#serve`,
    '../command#serve',
  ],
  [
    'a file that is no page',
    'docs/guide.md',
    '../packages/core/src/error.ts',
    `${web}/blob/main/packages/core/src/error.ts`,
  ],
  ['a folder', 'docs/guide.md', '../packages/core/src', `${web}/tree/main/packages/core/src`],
  ['a picture', 'docs/guide.md', 'batch.svg', '/docs/batch.svg'],
  ['another site', 'docs/guide.md', 'https://example.com/a.md', 'https://example.com/a.md'],
])('a link to %s', (_, file, link, expected) => {
  expect(rewriteLinks(`see [it](${link}).`, { file, page: pages.get(file)! }, pages, lookup)).toBe(
    `see [it](${expected}).`,
  );
});

test('code is left alone', () => {
  const code = '```ts\nf[0](benchmarks.md);\n```';
  expect(
    rewriteLinks(`${code}\n\n[a](benchmarks.md)\n`, { file: 'docs/guide.md', page: 'guide' }, pages, lookup),
  ).toBe(`${code}\n\n[a](./benchmarks)\n`);
});
