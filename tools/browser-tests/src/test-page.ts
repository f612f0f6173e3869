import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { bundle } from './bundle.ts';
import type { Answer } from './in-page/answer.ts';
import { serve, type ServedFiles, type Server } from './serve.ts';

/** What a module exports, seen as functions that tests call. */
export type EntryModule = object;

type Callable<Entry, Name extends keyof Entry> = Entry[Name] extends (...args: infer Args) => infer Result
  ? { readonly args: Args; readonly result: Awaited<Result> }
  : never;

export interface PageSetting {
  /** The TypeScript module to run: `new URL('./matmul.page.ts', import.meta.url)`. */
  readonly entry: URL;
  /** Where its functions run. A page by default. */
  readonly where?: 'page' | 'worker';
  /** Minified as a production build would be. */
  readonly minify?: boolean;
  /** With the headers that make `crossOriginIsolated` true, and so shared memory possible. */
  readonly isolated?: boolean;
  /** A Content-Security-Policy. */
  readonly csp?: string;
  /** More modules, bundled and served: `{ '/pool-worker.js': new URL(...) }`. */
  readonly modules?: Readonly<Record<string, URL>>;
  /** Other files to serve, by path. */
  readonly files?: ServedFiles;
}

export interface TestPage<Entry extends EntryModule> {
  /**
   * Calls an exported function and returns what it returned. Arguments and results cross as structured data: numbers,
   * strings, plain objects, arrays, typed arrays. An error comes back with its name, message and code.
   */
  call<Name extends keyof Entry & string>(
    name: Name,
    ...args: Callable<Entry, Name>['args']
  ): Promise<Callable<Entry, Name>['result']>;
  /** The console output of the page and its workers, and uncaught errors. */
  readonly console: readonly string[];
  /** Playwright's page, for what `call` does not do. */
  readonly page: Page;
  /** Again is allowed. */
  close(): Promise<void>;
}

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Bundles an entry, serves it on loopback and opens it in a new browser context. */
export async function openTestPage<Entry extends EntryModule>(
  browser: Browser,
  setting: PageSetting,
): Promise<TestPage<Entry>> {
  const server = await serve(await filesOf(setting), {
    ...(setting.isolated && ISOLATED),
    ...(setting.csp !== undefined && { 'Content-Security-Policy': setting.csp }),
  });
  const context = await browser.newContext();
  const lines: string[] = [];
  context.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
  context.on('weberror', (error) => lines.push(`uncaught: ${error.error().message}`));
  const page = await context.newPage();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= context.close().then(() => server.close()));
  try {
    await load(page, server, lines);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    call: async (name, ...args) => valueOf(await page.evaluate(callInPage, { name, args })),
    console: lines,
    page,
    close,
  };
}

/** Runs in the page. */
async function callInPage(call: { name: string; args: readonly unknown[] }): Promise<Answer> {
  return globalThis.ttrecAnswer(call);
}

async function load(page: Page, server: Server, lines: readonly string[]): Promise<void> {
  await page.goto(server.origin, { waitUntil: 'load' });
  const ready = await page.evaluate(() => typeof globalThis.ttrecAnswer === 'function');
  if (!ready) throw new Error(`the entry did not load in the page:\n${lines.join('\n')}`);
}

function valueOf(answer: Answer): never {
  if ('value' in answer) return answer.value as never;
  const { message, ...rest } = answer.thrown;
  throw Object.assign(new Error(message), rest);
}

async function filesOf({ entry, where = 'page', minify = false, modules = {}, files: more }: PageSetting) {
  const file = fileURLToPath(entry);
  const inPage = (name: string) =>
    JSON.stringify(fileURLToPath(new URL(`./in-page/${name}`, import.meta.url)));
  const importEntry = `import * as entry from ${JSON.stringify(file)};`;
  const bundled = (code: string) => bundle(code, file, { minify });
  const files = new Map<string, string | Uint8Array>([
    ...(more ?? []),
    [
      '/index.html',
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>',
    ],
  ]);
  if (where === 'page') {
    const code = `${importEntry} import { answerInPage } from ${inPage('page.ts')}; answerInPage(entry);`;
    files.set('/main.js', await bundled(code));
  } else {
    const code = `import { answerInWorker } from ${inPage('page.ts')}; answerInWorker('/worker.js');`;
    files.set('/main.js', await bundled(code));
    const worker = `${importEntry} import { answerPage } from ${inPage('worker.ts')}; answerPage(entry);`;
    files.set('/worker.js', await bundled(worker));
  }
  for (const [path, url] of Object.entries(modules)) {
    const code = `import ${JSON.stringify(fileURLToPath(url))};`;
    files.set(path, await bundle(code, file, { minify, effects: true }));
  }
  return files;
}
