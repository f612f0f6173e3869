import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, serve, useChromium, type ChromiumForTests, type Server } from '@ttrec/browser-tests';
import { afterAll, beforeAll } from 'vitest';

type Browser = ChromiumForTests['browser'];
export type Page = Awaited<ReturnType<Browser['newPage']>>;
type PageOptions = Parameters<Browser['newPage']>[0];

export interface BuiltSite {
  /** Opens a page of the site in a context of its own; whatever it complains of is in `complaints`. */
  open(path: string, options?: PageOptions): Promise<{ readonly page: Page; readonly complaints: string[] }>;
}

const folder = join(import.meta.dirname, '..');

/** The site as visitors get it. Built first, with its links checked, unless TTREC_SITE_BUILT says that it is there. */
export function useBuiltSite(): BuiltSite {
  const chromium = useChromium();
  let server: Server | undefined;
  beforeAll(async () => {
    if (process.env['TTREC_SITE_BUILT'] === undefined || !existsSync(join(folder, 'dist', 'site'))) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'src', 'build.ts')], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`the site does not build\n${stdout}${stderr}`);
      console.log(stdout);
    }
    server = await serve(filesUnder(join(folder, 'dist', 'site')));
  }, 600_000);
  afterAll(() => server?.close());
  return {
    async open(path, options) {
      const page = await chromium.browser.newPage(options);
      const complaints: string[] = [];
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (line) => {
        if (line.type() === 'error') complaints.push(line.text());
      });
      await page.goto(`${server!.origin}${path}`);
      return { page, complaints };
    },
  };
}
