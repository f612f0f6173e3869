import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isPicture, rewriteLinks, sitePages, type Lookup } from './pages.ts';

/** Writes the pages of the site into an empty folder, out of the Markdown of the repository and the front page. */
export function assemble(root: string, frontPage: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  const pages = sitePages(root);
  const lookup: Lookup = (path) => {
    if (!existsSync(join(root, path))) return undefined;
    return statSync(join(root, path)).isDirectory() ? 'folder' : 'file';
  };
  const texts = [...pages].map(([file, page]) => {
    const markdown = readFileSync(file === 'README.md' ? frontPage : join(root, file), 'utf8');
    return { file, page, markdown };
  });
  const packages = packagesPage(readFileSync(join(root, 'README.md'), 'utf8'));
  for (const { file, page, markdown } of [
    ...texts,
    { file: 'README.md', page: 'packages/index', markdown: packages },
  ]) {
    const rewritten = rewriteLinks(markdown, { file, page }, pages, lookup);
    write(join(to, `${page}.md`), rewritten);
    for (const [, picture] of rewritten.matchAll(/\]\(\/([^()\s]+)\)/g)) {
      if (isPicture(picture!)) write(join(to, 'public', picture!), readFileSync(join(root, picture!)));
    }
  }
}

/** The table of packages in the README, as a page of its own. */
function packagesPage(readme: string): string {
  const [, section] = /^## Packages\n([\s\S]+)/m.exec(readme) ?? [];
  if (section === undefined) throw new Error('README.md has no section "Packages"');
  return `# Packages\n${section}`;
}

function write(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
