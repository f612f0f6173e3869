import { join } from 'node:path';
import { filesOf, useBuiltSite, type BuiltSite, type Page } from '@ttrec/browser-tests';
import { build } from 'vite';
import { servedWith } from '../policy.ts';

const root = join(import.meta.dirname, '..');

/** The page as visitors get it: built and minified, served with its policy, and opened once it knows its engines. */
export function useBuiltPage(): BuiltSite {
  const site = useBuiltSite(
    () =>
      filesOf('playground', (outDir) =>
        build({ root, logLevel: 'error', build: { outDir, sourcemap: false } }),
      ),
    servedWith,
  );
  return {
    async open(options) {
      const opened = await site.open(options);
      await opened.page.getByRole('radio', { name: /^wasm/ }).waitFor();
      return opened;
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
