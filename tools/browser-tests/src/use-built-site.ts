import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { filesUnder, serve, type Server } from './serve.ts';
import { useChromium } from './use-chromium.ts';

export type { Page };

export interface OpenedPage {
  readonly page: Page;
  /** Errors of scripts and of the console. */
  readonly complaints: string[];
  /** Paths that were asked for. */
  readonly requests: string[];
}

/** Of the page's context, and: */
export interface OpenOptions extends BrowserContextOptions {
  readonly path?: string;
  /** Runs before the page is loaded. */
  readonly before?: (page: Page) => Promise<unknown>;
}

export interface BuiltSite {
  /** Opens a page in a context of its own. */
  open(options?: OpenOptions): Promise<OpenedPage>;
}

/**
 * A site as visitors get it, in headless Chromium: built before the first test of a file, and served with its headers.
 *
 * @param build builds the site and returns its files
 */
export function useBuiltSite(
  build: () => Promise<ReadonlyMap<string, Uint8Array>>,
  headers: Record<string, string> = {},
): BuiltSite {
  const chromium = useChromium();
  let server: Server | undefined;
  beforeAll(async () => {
    server = await serve(await build(), headers);
  }, 600_000);
  afterAll(() => server?.close());
  return {
    async open({ path = '/', before, ...context } = {}) {
      const page = await chromium.browser.newPage(context);
      const [complaints, requests]: [string[], string[]] = [[], []];
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (line) => {
        if (line.type() === 'error') complaints.push(line.text());
      });
      page.on('request', (request) => requests.push(new URL(request.url()).pathname));
      await before?.(page);
      await page.goto(server!.origin + path);
      return { page, complaints, requests };
    },
  };
}

/** The files that a build writes into an empty folder. Of the test files of a run that name the same build, the first makes it. */
export async function filesOf(
  name: string,
  build: (folder: string) => Promise<unknown>,
): Promise<Map<string, Uint8Array>> {
  const [folder, lock, done] = ['', '.lock', '.done'].map((end) => join(tmpdir(), `ttrec-${name}${end}`));
  while (!existsSync(done!)) {
    try {
      mkdirSync(lock!);
    } catch {
      await setTimeout(100);
      continue;
    }
    try {
      await build(folder!);
      writeFileSync(done!, '');
    } finally {
      rmdirSync(lock!);
    }
  }
  return filesUnder(folder!);
}
