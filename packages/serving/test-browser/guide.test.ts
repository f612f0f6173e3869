import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { serve, useChromium } from '@ttrec/browser-tests';
import { openRanker, type Ranker } from '@ttrec/serving';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf, kinds, modelOfKind } from '../test/model-of-kind.ts';

const guide = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'rank-in-a-page.md'), 'utf8');
const chromium = useChromium();
let file: Uint8Array;
let ranker: Ranker;

beforeAll(async () => {
  await using backend = await createWasmBackend();
  const { model, data } = await modelOfKind(backend, kinds['tt']!);
  file = await fileOf(model, { data });
  ranker = await openRanker(file, { backend: await createWasmBackend(), ownsBackend: true });
});
afterAll(() => ranker.dispose());

/** The blocks of a language, in order. */
function blocks(language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...guide.matchAll(fenced)].map(([, content]) => content!);
}

async function bundled(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    conditions: ['@ttrec/source'],
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}

/** What code prints in a page under the policy of the guide. */
async function printed(code: string): Promise<string[]> {
  const [policy] = blocks('text');
  const [worker] = blocks('js');
  const server = await serve(
    new Map<string, string | Uint8Array>([
      ['/index.html', '<!doctype html><script type="module" src="/main.js"></script>'],
      ['/main.js', await bundled(`${code}\nconsole.log('end');`)],
      ['/ranker-worker.js', await bundled(worker!)],
      ['/clicks.safetensors', file],
      ['/favicon.ico', ''],
    ]),
    { 'Content-Security-Policy': policy!.trim() },
  );
  const page = await chromium.browser.newPage();
  const lines: string[] = [];
  page.on('pageerror', ({ message }) => lines.push(message));
  page.on('console', (line) => lines.push(line.text()));
  try {
    await page.goto(server.origin);
    await expect.poll(() => lines.at(-1), { timeout: 20_000 }).toBe('end');
    return lines.slice(0, -1);
  } finally {
    await page.close();
    await server.close();
  }
}

test('the page of "Rank in a page" ranks', async () => {
  const [code] = blocks('ts');
  const items = [
    { item: 'item-3', tags: ['tag 1', 'tag 2'], price: 9.5 },
    { item: 'item-4', tags: [], price: 20 },
  ];
  const best = await ranker.rank({ user: 'user-7', age: 31 }, items);
  expect(await printed(code!)).toEqual(
    best.map(({ index, probability }) => `${items[index]!.item} ${probability.toFixed(3)}`),
  );
});

test('the page of the README ranks', async () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const [code] = readme.match(/^import .* from '@ttrec\/serving\/web';[^`]*/m)!;
  const [user, items] = ["{ user: 'user-7', age: 31 }", "[{ item: 'item-3', tags: [], price: 2 }]"];
  const own = code.replace("{ user: 'u5' }", user);
  expect(own).not.toBe(code);
  const printing = `const items = ${items};\n${own}\nconsole.log(String(best[0].index));`;
  expect(await printed(printing)).toEqual(['0']);
});

test('its worker scores', async () => {
  const code = blocks('ts')[1]!;
  const { probabilities } = await ranker.score([
    { user: 'user-7', age: 31, item: 'item-3', tags: [], price: 2 },
  ]);
  expect(await printed(`${code}\nconsole.log(String(probabilities[0]));`)).toEqual([
    String(probabilities[0]),
  ]);
});
