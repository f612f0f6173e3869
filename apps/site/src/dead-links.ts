import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';

/** Links of built pages that lead to no file of the site or to no place in it, as `page: link`. Other sites are not asked. */
export function deadLinks(site: string): string[] {
  const files = new Set(
    readdirSync(site, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(site, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
  const pages = new Map(
    [...files]
      .filter((file) => file.endsWith('.html'))
      .map((file) => [file, readFileSync(join(site, file), 'utf8')]),
  );
  const ids = new Map([...pages].map(([file, html]) => [file, idsOf(html)]));
  return [...pages].flatMap(([page, html]) =>
    linksOf(html)
      .filter((link) => !isFound(link, page, files, ids))
      .map((link) => `${page}: ${link}`),
  );
}

function linksOf(html: string): string[] {
  const found = [...html.matchAll(/<(?:a|link|script|img|iframe)\b[^>]*?\s(?:href|src)="([^"]*)"/g)];
  return [...new Set(found.map(([, link]) => link!.replaceAll('&amp;', '&')))].filter(
    (link) => link !== '' && !/^([a-z]+:|\/\/)/.test(link),
  );
}

function idsOf(html: string): Set<string> {
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!));
}

function isFound(
  link: string,
  page: string,
  files: ReadonlySet<string>,
  ids: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const [path = '', anchor = ''] = link.replace(/\?[^#]*/, '').split('#');
  const target = path === '' ? page : posix.join(path.startsWith('/') ? '.' : posix.dirname(page), path);
  const clean = decodeURIComponent(target)
    .replace(/^\.?\//, '')
    .replace(/\/$/, '');
  const file = [clean, `${clean}.html`, posix.join(clean, 'index.html')].find((each) => files.has(each));
  if (file === undefined) return false;
  return anchor === '' || ids.get(file)?.has(decodeURIComponent(anchor)) !== false;
}
