import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the files of this repository are found on the web. */
const SITE = 'https://github.com/ttrec/ttrec';

export interface Link {
  readonly text: string;
  /** The file or folder of the repository that it leads to, relative to the root; undefined outside of it. */
  readonly path: string | undefined;
  readonly anchor: string;
  readonly isRelative: boolean;
}

/** The links of a Markdown file, those in code blocks left out. */
export function linksOf(markdown: string, file: string): Link[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, text = '']) => {
    const [address = '', anchor = ''] = text.split('#');
    const isRelative = !/^[a-z]+:/.test(text);
    const onSite = new RegExp(`^${SITE}/(?:tree|blob)/main/(.+)$`).exec(address)?.[1];
    const path = isRelative
      ? join(dirname(file), address === '' ? file.split('/').at(-1)! : address)
      : onSite;
    return { text, path, anchor, isRelative };
  });
}

/** Whether a link leads to a file or a folder that is there, and to a heading of it. Other sites are not asked. */
export function isFound(root: string, { path, anchor }: Link): boolean {
  if (path === undefined) return true;
  const full = join(root, path);
  if (!existsSync(full)) return false;
  if (anchor === '') return true;
  const page = statSync(full).isDirectory() ? join(full, 'README.md') : full;
  return existsSync(page) && anchorsOf(readFileSync(page, 'utf8')).includes(anchor);
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  const headings = markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
