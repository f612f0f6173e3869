import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isPicture, rewriteLinks, sitePages, type Lookup } from './pages.ts';

/** Writes the pages of the site into an empty folder, out of the Markdown of the repository. */
export function assemble(root: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  const pages = sitePages(root);
  const lookup: Lookup = (path) => {
    if (!existsSync(join(root, path))) return undefined;
    return statSync(join(root, path)).isDirectory() ? 'folder' : 'file';
  };
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  // Links to the README lead to the front page, which stands in its place.
  const texts = [...pages]
    .filter(([file]) => file !== 'README.md')
    .map(([file, page]) => ({ file, page, markdown: read(file) }));
  const packages = { file: 'README.md', page: 'packages/index', markdown: packagesPage(read('README.md')) };
  for (const { file, page, markdown } of [...texts, packages]) {
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
