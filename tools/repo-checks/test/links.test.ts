import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isFound, linksOf } from '../src/links.ts';
import { publishedPackages, root, trackedFiles } from '../src/workspace.ts';

const pages = trackedFiles().filter((file) => file.endsWith('.md') && !file.startsWith('.changeset/'));
const linksIn = (file: string) => linksOf(readFileSync(join(root, file), 'utf8'), file);

test.each(pages)('the links of %s lead to files and headings that exist', (file) => {
  const lost = linksIn(file).filter((link) => !isFound(root, link));
  expect(lost.map(({ text }) => text)).toEqual([]);
});

test.each(pages)('the paths that %s names exist', (file) => {
  const text = readFileSync(join(root, file), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  const named = [...text.matchAll(/`((?:packages|apps|tools|docs)\/[\w./-]+)`/g)].map(([, path]) => path!);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(publishedPackages())('the README of $name has links that work on npm', ({ folder }) => {
  const relative = linksIn(join(folder, 'README.md')).filter(({ isRelative }) => isRelative);
  expect(relative.filter(({ text }) => !text.startsWith('#')).map(({ text }) => text)).toEqual([]);
});

test('a link to a file, a folder or a heading that does not exist is found, wherever the link starts', () => {
  const site = 'https://github.com/ttrec/ttrec';
  const links = linksOf(
    [
      '[a](README.md#packages) [b](docs) [c](#where-to-start) [d](https://example.com/x)',
      `[e](${site}/tree/main/packages/core) [f](no.md) [g](README.md#no) [h](${site}/blob/main/packages/no.md)`,
      '```ts\nf[0](not/a/link);\n```',
    ].join('\n'),
    'README.md',
  );
  expect(links.map((link) => isFound(root, link))).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(links.map(({ isRelative }) => isRelative)).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
});
