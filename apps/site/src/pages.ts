import { existsSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

const REPOSITORY = 'https://github.com/ttrec/ttrec';

/** The Markdown files of the repository that are pages of the site, and the paths of those pages, without their ending. */
export function sitePages(root: string): ReadonlyMap<string, string> {
  const pages = new Map([
    ['README.md', 'index'],
    ['apps/site/front-page.md', 'index'],
    ['CONTRIBUTING.md', 'contributing'],
    ['apps/trainer/README.md', 'command'],
    ['apps/site/playground.md', 'playground'],
    ['apps/playground/README.md', 'about-the-playground'],
    ['apps/rerank/README.md', 'rerank'],
  ]);
  for (const name of readdirSync(join(root, 'docs'))) {
    if (name.endsWith('.md')) pages.set(`docs/${name}`, name.slice(0, -3));
  }
  for (const name of readdirSync(join(root, 'packages'))) {
    if (existsSync(join(root, 'packages', name, 'README.md'))) {
      pages.set(`packages/${name}/README.md`, `packages/${name}`);
    }
  }
  return pages;
}

export const isPicture = (path: string) => /\.(svg|png)$/.test(path);

/** Whether something is in the repository: `file`, `folder` or undefined. */
export type Lookup = (path: string) => 'file' | 'folder' | undefined;

/**
 * A page's Markdown for the site. Links to files that are pages lead to those pages, links to pictures to their copies, links to
 * other files and folders to the repository on the web; code blocks stay as they are.
 * @param at the file that the text is of, and the page that it becomes
 */
export function rewriteLinks(
  markdown: string,
  { file, page: here }: { readonly file: string; readonly page: string },
  pages: ReadonlyMap<string, string>,
  lookup: Lookup,
): string {
  const address = (link: string): string => {
    const [, path = '', anchor = ''] = /^([^#]*)(#.*)?$/.exec(link)!;
    const target = repositoryPath(path, file);
    if (target === undefined || path === '') return link;
    const page = pages.get(target) ?? pages.get(posix.join(target, 'README.md'));
    if (page !== undefined) return pathFrom(here, page) + anchor;
    if (isPicture(target)) return `/${target}`;
    return `${REPOSITORY}/${lookup(target) === 'folder' ? 'tree' : 'blob'}/main/${target}${anchor}`;
  };
  return outsideCode(markdown, (prose) =>
    prose.replaceAll(/\]\(([^()\s]+)\)/g, (_, link: string) => `](${address(link)})`),
  );
}

/** The path in the repository that a link of a file leads to; undefined if it leads elsewhere. */
function repositoryPath(link: string, file: string): string | undefined {
  const onWeb = new RegExp(`^${REPOSITORY}/(?:tree|blob)/main/(.+)$`).exec(link)?.[1];
  if (onWeb !== undefined) return onWeb;
  if (/^[a-z]+:/.test(link)) return undefined;
  return posix.join(posix.dirname(file), link).replace(/\/$/, '');
}

function pathFrom(here: string, page: string): string {
  const path = posix.relative(posix.dirname(here), page);
  return path.startsWith('.') ? path : `./${path}`;
}

/** Rewrites the parts of a Markdown text that are not in a fenced block. */
function outsideCode(markdown: string, rewrite: (prose: string) => string): string {
  return markdown
    .split(/(^```[\s\S]*?^```[ \t]*$)/m)
    .map((part, index) => (index % 2 === 0 ? rewrite(part) : part))
    .join('');
}
