import { encodingDigest } from '@ttrec/data/encoding';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm } from '@ttrec/dlrm';
import { openRanker, type RankerSource } from '@ttrec/serving';
import { describeModel } from '@ttrec/training/model-file';
import { openModel, openRun, openStoredModel, saveModel, saveShardedModel } from '@ttrec/training/run-folder';
import { openSafetensors } from '@ttrec/tensor-files';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clickRows, temporaryFolder, trainedRun } from './trained-run.ts';

const folder = temporaryFolder();
const rows = clickRows(200);
const file = join(folder, 'model.safetensors');
const alone = join(folder, 'alone.safetensors');
const index = join(folder, 'parts', 'clicks.safetensors.index.json');
let run: string;
let expected: Float64Array;
let tested: number;
let server: Server;
let requests: string[] = [];
/** Bytes of each range. */
let sent: number[] = [];
let etag: (answer: number) => string = () => '"1"';

beforeAll(async () => {
  run = await trainedRun(folder, { kind: 'tt', ranks: 2 });
  await using backend = createCpuBackend();
  const { model, schema, encoding, step } = await openStoredModel(await openRun(run), backend);
  tested = step;
  const data = { schema, encoding };
  await saveModel(model, file, { data, step });
  await saveModel(model, alone);
  mkdirSync(join(folder, 'parts'));
  await saveShardedModel(model, join(folder, 'parts'), { data, step, name: 'clicks', maxBytes: 2000 });
  await using ranker = await openRanker(run, { backend });
  expected = (await ranker.score(rows)).logits;
  server = createServer((request, response) => {
    requests.push(request.url!);
    if (request.url!.includes('gone')) {
      response.writeHead(404).end();
      return;
    }
    const bytes = readFileSync(join(folder, request.url!.replace('no-ranges/', '')));
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (range === null || request.url!.includes('no-ranges/')) {
      response.end(bytes);
      return;
    }
    const part = bytes.subarray(Number(range[1]), Number(range[2]) + 1);
    sent.push(part.length);
    response.writeHead(206, { etag: etag(sent.length) }).end(part);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterAll(() => server.close());

const address = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
const open = (source: RankerSource, rest: object = {}) =>
  openRanker(source, { backend: createCpuBackend(), ownsBackend: true, ...rest });

test.each<[string, () => RankerSource]>([
  ['the path of a file', () => file],
  ['the address of a file on the disk', () => pathToFileURL(file)],
  ['the path of an index', () => index],
  ['bytes', () => new Uint8Array(readFileSync(file))],
  ['an ArrayBuffer', () => new Uint8Array(readFileSync(file)).buffer],
  ['a File', () => new File([readFileSync(file)], 'clicks.safetensors')],
  ['an address', () => address('model.safetensors')],
  ['a URL', () => new URL(address('parts/clicks.safetensors.index.json'))],
])('%s scores with the bits of the run', async (_, source) => {
  await using ranker = await open(source());
  expect((await ranker.score(rows)).logits).toEqual(expected);
  expect(ranker.step).toBe(tested);
  expect(ranker.source).toMatch(/clicks|model/);
});

test('a small file at an address takes one request, an index one more than it has files', async () => {
  requests = [];
  await (await open(address('model.safetensors'))).dispose();
  expect(requests).toEqual(['/model.safetensors']);
  requests = [];
  await (await open(address('parts/clicks.safetensors.index.json'))).dispose();
  const parts = readdirSync(join(folder, 'parts')).map((name) => `/parts/${name}`);
  expect(parts.length).toBeGreaterThan(2);
  expect(requests.toSorted()).toEqual(parts.toSorted());
});

describe('a large file at an address', () => {
  const large = join(folder, 'large.safetensors');
  let scores: Float64Array;
  let size: number;

  beforeAll(async () => {
    await using backend = createCpuBackend();
    const { model, schema, encoding, step } = await openStoredModel(await openRun(run), backend);
    const { tables, ...config } = model.config;
    // 2 MB of weights, and twice as much that only training needs: moments of Adam.
    const grown = new Dlrm({
      backend,
      ...config,
      tables: tables.map((table) => ({
        ...table,
        config: { kind: 'hash', buckets: 2 ** 15, into: { kind: 'dense' } },
      })),
      optimizer: { embeddings: { rule: 'adam' }, dense: { rule: 'adam' } },
    });
    await saveModel(grown, large, { data: { schema, encoding }, step, training: true });
    size = readFileSync(large).length;
    await using ranker = await open(large);
    scores = (await ranker.score(rows)).logits;
  });
  beforeEach(() => {
    [requests, sent, etag] = [[], [], () => '"1"'];
  });

  test('comes by ranges in at most three requests, without what only training needs', async () => {
    await using ranker = await open(address('large.safetensors'));
    expect((await ranker.score(rows)).logits).toEqual(scores);
    expect(requests.length).toBeLessThanOrEqual(3);
    const bytes = sent.reduce((sum, length) => sum + length, 0);
    expect(ranker.fetched).toEqual({ requests: requests.length, bytes, byRanges: true });
    expect(bytes).toBeLessThan(0.4 * size);
  });

  test.each([
    ['comes whole from a server without ranges', 'no-ranges/large.safetensors', 1],
    ['comes whole after all if it changes in between', 'large.safetensors', 4],
  ])('%s', async (_, path, most) => {
    etag = (answer) => `"${answer}"`;
    await using ranker = await open(address(path));
    expect((await ranker.score(rows)).logits).toEqual(scores);
    expect(requests.length).toBeLessThanOrEqual(most);
    expect(ranker.fetched).toMatchObject({ requests: requests.length, byRanges: false });
  });

  test('comes whole where it has to have a digest', async () => {
    const integrity = `sha256-${createHash('sha256').update(readFileSync(large)).digest('base64')}`;
    await using ranker = await open(address('large.safetensors'), { integrity });
    expect((await ranker.score(rows)).logits).toEqual(scores);
    expect(ranker.fetched).toEqual({ requests: 1, bytes: size, byRanges: false });
  });

  test('that is cut off is an error', async () => {
    writeFileSync(join(folder, 'cut.safetensors'), readFileSync(large).subarray(0, size - 5e5));
    await using backend = createCpuBackend();
    const opening = openRanker(address('cut.safetensors'), { backend });
    await expect(opening).rejects.toMatchObject({
      code: expect.stringMatching(/truncated|cannot-fetch/) as string,
    });
    expect(backend.memory().bytes).toBe(0);
  });
});

test('a model file holds weights, config and encoding: nothing of training, no data, no path', async () => {
  const opened = await openSafetensors(file);
  const { config } = describeModel(opened);
  const { readable, ...described } = { readable: [...opened.tensors.keys()], ...describeModel(opened) };
  expect(readable.filter((name) => /state|gradient|refresh/.test(name))).toEqual([]);
  expect(readable).toContain('encoding');
  expect(described.step).toBe(tested);
  expect(config.features).toEqual(['user', 'item', 'tags']);
  await opened.close();
  const bytes = readFileSync(file, 'latin1');
  expect(bytes).not.toContain(folder);
  expect(bytes).not.toContain('clicks.csv');
});

test('a model that was saved for training goes on, one for scoring has no optimizer state', async () => {
  await using backend = createCpuBackend();
  const whole = join(folder, 'whole.safetensors');
  const { model, schema, encoding } = await openStoredModel(await openRun(run), backend);
  await saveModel(model, whole, { data: { schema, encoding }, training: true });
  const again = await openModel(whole, { backend });
  expect(encodingDigest(again.encoding!)).toBe(encodingDigest(encoding!));
  const names = (role: string) =>
    again.model
      .state()
      .filter((tensor) => tensor.role === role)
      .map(({ name }) => name);
  expect(names('training').length).toBeGreaterThan(5);
  await using ranker = await open(whole);
  expect((await ranker.score(rows)).logits).toEqual(expected);
  expect(ranker.model.state().filter(({ role }) => role === 'training')).toEqual([]);
});

test.each<[string, () => RankerSource, object, string, RegExp]>([
  [
    'a checkpoint of a file',
    () => file,
    { checkpoint: 'best' },
    'serving/no-checkpoints',
    /must be a run folder for a checkpoint to be chosen, got best/,
  ],
  [
    'a checkpoint of bytes',
    () => new Uint8Array(8),
    { checkpoint: 'best' },
    'serving/no-checkpoints',
    /bytes/,
  ],
  [
    'a model without columns',
    () => alone,
    {},
    'training/no-columns',
    /alone\.safetensors: must say which columns its rows have, got a model alone/,
  ],
  [
    'a file of something else',
    () => {
      writeFileSync(join(folder, 'x.txt'), 'hello there');
      return join(folder, 'x.txt');
    },
    {},
    'tensor-files/header-too-long',
    /x\.txt/,
  ],
  [
    'no bytes of a model',
    () => new Uint8Array([1, 2, 3]),
    {},
    'tensor-files/truncated-header',
    /model in memory/,
  ],
  [
    'an address that is gone',
    () => address('gone.safetensors'),
    {},
    'serving/cannot-fetch',
    /gone\.safetensors: must be a model file that can be fetched, got HTTP status 404/,
  ],
  [
    'a server that is gone',
    () => 'http://127.0.0.1:9/model.safetensors',
    {},
    'serving/cannot-fetch',
    /127\.0\.0\.1:9/,
  ],
  ['a path of nothing', () => join(folder, 'nothing'), {}, 'training/no-run', /nothing/],
  [
    'a source that is none',
    () => 3 as never,
    {},
    'serving/bad-source',
    /must open a path, an address, or the bytes/,
  ],
  [
    'an unknown option',
    () => file,
    { checkpoints: 'best' },
    'serving/unknown-option',
    /Did you mean "checkpoint"/,
  ],
])('refuses %s', async (_, source, options, code, message) => {
  await using backend = createCpuBackend();
  const opening = openRanker(source(), { backend, ...options });
  await expect(opening).rejects.toThrow(message);
  await expect(opening).rejects.toMatchObject({ code });
  expect(backend.memory().bytes).toBe(0);
});
