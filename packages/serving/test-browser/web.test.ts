import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { useChromium, type TestPage } from '@ttrec/browser-tests';
import { openRanker } from '@ttrec/serving';
import { saveShardedModel } from '@ttrec/training/run-folder';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fileOf, kinds, modelOfKind, rows } from '../test/model-of-kind.ts';
import { temporaryFolder } from '../test/trained-run.ts';
import type * as Entry from './web.page.ts';

/** As strict as can be: nothing from elsewhere, nothing made of text. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const INDEX = 'clicks.safetensors.index.json';
/** A file that only a route of a test answers. */
const OTHER = '/other.safetensors';

/** What a server answers, or how the connection fails. */
interface Reply {
  readonly status?: number;
  readonly body?: Buffer;
  readonly abort?: string;
}

/** 2 MiB of weights. */
const LARGE = { kind: 'hash', buckets: 2 ** 17, into: { kind: 'dense' } } as const;

const chromium = useChromium();
const folder = temporaryFolder();
const files = new Map<string, Uint8Array>();
const places = ['here', 'worker'] as const;
const pathOf = (kind: string) => `/${kind.replaceAll(' ', '-')}.safetensors`;
const parts = () => [...files.keys()].filter((path) => path.startsWith('/clicks-'));
let page: TestPage<typeof Entry>;

beforeAll(async () => {
  await using backend = await createWasmBackend();
  for (const [name, config] of Object.entries(kinds)) {
    const { model, data } = await modelOfKind(backend, config);
    files.set(pathOf(name), await fileOf(model, { data, step: 30 }));
    if (name === 'tt')
      await saveShardedModel(model, folder, { data, step: 30, name: 'clicks', maxBytes: 1500 });
    model.dispose();
  }
  const { model, data } = await modelOfKind(backend, LARGE);
  const large = await fileOf(model, { data, step: 30 });
  files.set('/large.safetensors', large);
  await saveShardedModel(model, folder, { data, step: 30, name: 'halves', maxBytes: 2 ** 21 + 1500 });
  model.dispose();
  for (const name of readdirSync(folder)) files.set(`/${name}`, readFileSync(join(folder, name)));
  page = await opened();
});
afterEach(() => page.page.unrouteAll());

function opened(): Promise<TestPage<typeof Entry>> {
  return chromium.open<typeof Entry>({
    entry: new URL('./web.page.ts', import.meta.url),
    modules: { '/ranker-worker.js': new URL('../src/web/worker.ts', import.meta.url) },
    files,
    csp: POLICY,
    minify: true,
  });
}

async function inNode(name: string, simd: 'strict' | 'relaxed') {
  const backend = await createWasmBackend({ simd });
  await using ranker = await openRanker(files.get(pathOf(name))!, { backend, ownsBackend: true });
  const { user, age } = rows[0]!;
  const candidates = rows
    .slice(0, 50)
    .map(({ item, tags, price }) => ({ item: item!, tags: tags!, price: price! }));
  const ranked = await ranker.rank({ user: user!, age: age! }, candidates, { top: 7 });
  return { logits: (await ranker.score(rows)).logits, ranked };
}

describe.each(Object.keys(kinds))('%s', (name) => {
  test.each(
    places.flatMap((place) => (['strict', 'relaxed'] as const).map((simd) => [place, simd] as const)),
  )('%s, %s: the bits of Node', async (place, simd) => {
    const found = await page.call('score', place, pathOf(name), rows, { simd });
    const expected = await inNode(name, simd);
    expect(found.logits).toEqual(expected.logits);
    expect(found.byColumn).toEqual(expected.logits);
    expect(found.ranked).toEqual(expected.ranked);
    expect(new Set(found.logits).size).toBeGreaterThan(150);
  });
});

test('the policy was never broken, but for the empty icon of the test page', () => {
  expect(
    page.console.filter((line) => /Security Policy|uncaught/.test(line) && !line.includes("image 'data:,'")),
  ).toEqual([]);
});

test('from cold to the first score, a small file takes one request, an index one more than it has files', async () => {
  const cold = await opened();
  const requests: string[] = [];
  cold.page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await cold.call('score', 'here', 'tt.safetensors', rows.slice(0, 1));
  expect(requests).toEqual(['/tt.safetensors']);
  requests.length = 0;
  const { logits } = await cold.call('score', 'here', `/${INDEX}`, rows);
  expect(requests[0]).toBe(`/${INDEX}`);
  expect(requests.slice(1).toSorted()).toEqual(parts());
  expect(parts().length).toBeGreaterThan(1);
  expect(logits).toEqual((await inNode('tt', 'relaxed')).logits);
  await cold.close();
});

test('from cold to the first score, a large file and a file in halves take three requests at most', async () => {
  const cold = await opened();
  const requests: (string | undefined)[] = [];
  await cold.page.route('**/*.safetensors*', (route, request) => {
    const bytes = Buffer.from(files.get(new URL(request.url()).pathname)!);
    const { range } = request.headers();
    requests.push(range);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (first === undefined) return route.fulfill({ body: bytes });
    return route.fulfill({ status: 206, body: bytes.subarray(Number(first), Number(last) + 1) });
  });
  const { logits, fetched } = await cold.call('score', 'worker', 'large.safetensors', rows);
  expect(fetched).toEqual({ requests: 2, bytes: files.get('/large.safetensors')!.length, byRanges: true });
  expect(requests).toEqual([`bytes=0-${2 ** 20 - 1}`, expect.stringMatching(/^bytes=1048576-/)]);
  requests.length = 0;
  const halves = await cold.call('score', 'here', 'halves.safetensors.index.json', rows);
  expect(requests).toEqual([undefined, undefined, undefined]);
  expect(halves.fetched).toMatchObject({ requests: 3, byRanges: false });
  expect(halves.logits).toEqual(logits);
  await cold.close();
});

test('two rankers share a worker, and one goes on when the other is disposed of', async () => {
  const [dense, tt, again] = await page.call(
    'twoInOneWorker',
    ['/dense.safetensors', '/tt.safetensors'],
    rows,
  );
  expect(dense).toEqual((await inNode('dense', 'relaxed')).logits);
  expect(tt).toEqual((await inNode('tt', 'relaxed')).logits);
  expect(again).toEqual(tt);
});

test('two tabs score at once', async () => {
  const other = await opened();
  const [one, two] = await Promise.all(
    [page, other].map((tab) => tab.call('score', 'worker', '/tt.safetensors', rows)),
  );
  expect(one!.logits).toEqual(two!.logits);
  await other.close();
});

describe.each(places)('what goes wrong: %s', (place) => {
  const good = '/dense.safetensors';
  const changed = (change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array) =>
    Buffer.from(change(Uint8Array.from(files.get(good)!)));
  const text = (from: string, to: string) =>
    changed((bytes) => Buffer.from(Buffer.from(bytes).toString('latin1').replace(from, to), 'latin1'));
  const cut = (length: number) => () => ({ body: changed((bytes) => bytes.subarray(0, length)) });
  const rewritten = (from: string, to: string) => () => ({ body: text(from, to) });
  const cases: [string, string, (() => Reply) | undefined, object, RegExp][] = [
    [
      'a file that is not there',
      '/none.safetensors',
      undefined,
      {},
      /^serving\/cannot-fetch: .*none.safetensors.*HTTP status 404/,
    ],
    ['a server that fails', OTHER, () => ({ status: 503 }), {}, /^serving\/cannot-fetch: .*HTTP status 503/],
    [
      'no connection',
      OTHER,
      () => ({ abort: 'internetdisconnected' }),
      {},
      /^serving\/cannot-fetch: .*other.safetensors.*Failed to fetch/,
    ],
    [
      'a page in place of the file',
      OTHER,
      () => ({ body: Buffer.from('<!doctype html><title>Not here</title>') }),
      {},
      /a web page/,
    ],
    ['a file cut off in its header', OTHER, cut(100), {}, /^tensor-files\/truncated-header/],
    ['a file cut off in its numbers', OTHER, cut(-10), {}, /^tensor-files\/(truncated|size-mismatch)/],
    ['an empty file', OTHER, cut(0), {}, /^tensor-files\/truncated-header/],
    [
      'a file of another version',
      OTHER,
      rewritten('ttrec-model-1', 'ttrec-model-9'),
      {},
      /^training\/not-a-model: .*ttrec-model-1.*got ttrec-model-9/,
    ],
    [
      'a file of a kind that is not known',
      OTHER,
      rewritten('{\\"kind\\":\\"dense\\"}', '{\\"kind\\":\\"tense\\"}'),
      {},
      /^embeddings\/unknown-kind: .*tense/,
    ],
    [
      'a file that is not the one asked for',
      good,
      undefined,
      { integrity: `sha256-${'A'.repeat(43)}=` },
      /^serving\/cannot-fetch: .*can be fetched and is sha256-AAAA/,
    ],
    [
      'an option that is none',
      good,
      undefined,
      { sims: 'strict' },
      /^serving\/unknown-option: .*Did you mean "simd"/,
    ],
  ];
  test.each(cases)('%s is an error, and the page goes on', async (_, path, answer, options, words) => {
    if (answer) {
      const { status = 200, body = '', abort } = answer();
      await page.page.route(`**${path}`, (route) =>
        abort === undefined ? route.fulfill({ status, body }) : route.abort(abort),
      );
    }
    const [first, step] = await page.call('refused', place, path, options, good);
    expect(first).toMatch(words);
    expect(step).toBe('30');
  });

  test('a file of another model beside an index is noticed', async () => {
    const [part] = parts();
    const bytes = Uint8Array.from(files.get(part!)!);
    bytes[bytes.length - 1]! ^= 1;
    await page.page.route(`**${part!}`, (route) => route.fulfill({ body: Buffer.from(bytes) }));
    const [first] = await page.call('refused', place, `/${INDEX}`, {}, good);
    expect(first).toMatch(/^serving\/cannot-fetch: .*clicks-00001.*sha256-/);
  });

  test('dispose in mid-call waits for the call, and ends the use', async () => {
    const [under, ended, later] = await page.call('disposedInMidCall', place, '/tt.safetensors', rows);
    expect([under, ended]).toEqual(['resolved', 'resolved']);
    expect(later).toMatch(/^serving\/disposed: .*tt.safetensors/);
  });

  test('the error of a row has its code', async () => {
    expect(await page.call('badRow', place, good)).toMatch(/^data\/missing-column: .*row 0/);
  });
});

test('the end of a worker rejects its calls, and another worker takes over', async () => {
  const [under, next, disposed, other] = await page.call('endedWorker', '/tt.safetensors', rows);
  for (const words of [under, next, disposed])
    expect(words).toMatch(/^serving\/worker-lost: .*the end of the worker/);
  expect(other).toBe('resolved');
});

test('a worker without its script is an error', async () => {
  expect(await page.call('withoutScript', '/nowhere.js', '/tt.safetensors')).toMatch(
    /^serving\/worker-lost: .*did not load/,
  );
});

test("a policy without 'wasm-unsafe-eval' is an error that says so", async () => {
  const strict = await chromium.open<typeof Entry>({
    entry: new URL('./web.page.ts', import.meta.url),
    files,
    csp: "default-src 'self'",
  });
  await expect(strict.call('score', 'here', '/tt.safetensors', rows)).rejects.toThrow(/wasm-unsafe-eval/);
  await strict.close();
});
