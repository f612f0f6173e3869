import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readmeExample, type ReadmeExample } from './readme-example.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface PageExample extends ReadmeExample {
  /** The Markdown file, relative to the root. */
  readonly page: string;
  readonly language: 'ts' | 'sh';
  /** The folder, relative to the root, from which the packages that the example imports are found. */
  readonly folder: string;
  /** The packages that the README tells to install; undefined if it names none. */
  readonly installs: readonly string[] | undefined;
}

/** Needs processes that mpirun starts; its own tests do. */
const WITHOUT_EXAMPLE = ['packages/mpi'];

/** The examples of the packages' READMEs and of the command's. */
export function pageExamples(): PageExample[] {
  const inRoot = (folder: string) => readdirSync(join(root, folder)).sort();
  const readmes = [...inRoot('packages').map((name) => join('packages', name)), join('apps', 'trainer')]
    .filter((folder) => existsSync(join(root, folder, 'README.md')) && !WITHOUT_EXAMPLE.includes(folder))
    .map((folder) => ({ page: join(folder, 'README.md'), folder }));
  return readmes.map(({ page, folder }) => {
    const markdown = read(page);
    const language = page === join('apps', 'trainer', 'README.md') ? 'sh' : 'ts';
    return { page, folder, language, installs: installsOf(markdown), ...readmeExample(markdown, language) };
  });
}

/** The packages of a page's first `npm install` line. */
function installsOf(markdown: string): string[] | undefined {
  const line = /^npm install (.+)$/m.exec(markdown)?.[1];
  return line?.split(' ').filter((word) => !word.startsWith('-'));
}

/** The packages that code imports. */
export function importedPackages(code: string): string[] {
  const specifiers = [...code.matchAll(/(?:from|import)\s*\(?\s*['"]([^'".][^'"]*)['"]/g)].map(
    ([, name]) => name!,
  );
  const names = specifiers.filter((name) => !name.startsWith('node:'));
  return [...new Set(names.map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]))];
}

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}
