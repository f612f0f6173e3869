import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesUnder, serve, useChromium, type ChromiumForTests, type Server } from '@ttrec/browser-tests';
import { build } from 'vite';
import { afterAll, beforeAll } from 'vitest';
import { policy } from '../policy.ts';

type Browser = ChromiumForTests['browser'];
export type Page = Awaited<ReturnType<Browser['newPage']>>;
type PageOptions = Parameters<Browser['newPage']>[0];

export interface Opened {
  readonly page: Page;
  /** What the page complains of. */
  readonly complaints: string[];
  /** Paths that were asked for. */
  readonly requests: string[];
}

export interface BuiltPage {
  /** Opens the minified page in a context of its own. @param before what happens before it loads */
  open(options?: PageOptions, before?: (page: Page) => Promise<unknown>): Promise<Opened>;
}

/** The page as visitors get it: built and minified, served with its policy, in headless Chromium. */
export function useBuiltPage(): BuiltPage {
  const chromium = useChromium();
  let server: Server | undefined;
  beforeAll(async () => {
    const outDir = mkdtempSync(join(tmpdir(), 'ttrec-rerank-'));
    try {
      await build({
        root: join(import.meta.dirname, '..'),
        logLevel: 'error',
        build: { outDir, sourcemap: false },
      });
      server = await serve(filesUnder(outDir), { 'Content-Security-Policy': policy });
    } finally {
      rmSync(outDir, { recursive: true });
    }
  });
  afterAll(() => server?.close());
  return {
    async open(options, before = async () => undefined) {
      const page = await chromium.browser.newPage(options);
      const [complaints, requests]: [string[], string[]] = [[], []];
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (line) => {
        if (line.type() === 'error') complaints.push(line.text());
      });
      page.on('request', (request) => requests.push(new URL(request.url()).pathname));
      await before(page);
      await page.goto(server!.origin);
      return { page, complaints, requests };
    },
  };
}
