import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesUnder, serve, useChromium, type ChromiumForTests, type Server } from '@ttrec/browser-tests';
import { build } from 'vite';
import { afterAll, beforeAll } from 'vitest';
import { servedWith } from '../policy.ts';

type Browser = ChromiumForTests['browser'];
export type Page = Awaited<ReturnType<Browser['newPage']>>;
type PageOptions = Parameters<Browser['newPage']>[0];

export interface BuiltPage {
  /** Opens the minified page in a context of its own; whatever it complains of is in `complaints`. */
  open(options?: PageOptions): Promise<{ readonly page: Page; readonly complaints: string[] }>;
}

/** The page as visitors get it: built and minified, served with its policy, in headless Chromium. */
export function useBuiltPage(): BuiltPage {
  const chromium = useChromium();
  let server: Server | undefined;
  beforeAll(async () => {
    const outDir = mkdtempSync(join(tmpdir(), 'ttrec-playground-'));
    try {
      await build({
        root: join(import.meta.dirname, '..'),
        logLevel: 'error',
        build: { outDir, sourcemap: false },
      });
      server = await serve(filesUnder(outDir), servedWith);
    } finally {
      rmSync(outDir, { recursive: true });
    }
  });
  afterAll(() => server?.close());
  return {
    async open(options) {
      const page = await chromium.browser.newPage(options);
      const complaints: string[] = [];
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (line) => {
        if (line.type() === 'error') complaints.push(line.text());
      });
      await page.goto(server!.origin);
      await page.getByRole('radio', { name: /^wasm/ }).waitFor();
      return { page, complaints };
    },
  };
}

/** The text of an element, once it fits. */
export async function textOf(page: Page, id: string, fits: RegExp): Promise<string> {
  const found = page.locator(`#${id}`).filter({ hasText: fits });
  await found.waitFor();
  return (await found.textContent()) ?? '';
}

/** Held-out log-losses so far, and the step that the run has come to. */
export async function figures(page: Page): Promise<{ loss: number; step: number }> {
  const loss = Number(await page.locator('#figure-loss').textContent());
  const step = Number(await page.locator('#progress').getAttribute('value'));
  return { loss, step };
}

/** Waits until the run has come to a step. */
export async function reach(page: Page, step: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector<HTMLProgressElement>('#progress')!.value >= wanted,
    step,
  );
}
