import {
  createHandler,
  ModelRepository,
  requestModel,
  type HandlerOptions,
  type RepositoryOptions,
} from '@ttrec/serving/http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { FakeModel, request } from './fake-model.ts';
import { sender } from './served-run.ts';

const infer = '/v2/models/fake/infer';

async function serve(model: FakeModel, options: RepositoryOptions & HandlerOptions = {}) {
  const repository = new ModelRepository(
    { fake: [{ open: async () => ({ version: 'v1', model: requestModel(model) }) }] },
    options,
  );
  await repository.loadAll();
  // Without those of the warm-up.
  model.calls.length = 0;
  const handler = createHandler(repository, options);
  return {
    repository,
    handler,
    send: sender(handler),
    queueRows: () => repository.find('fake').batcher.queueRows,
  };
}

/** Lets everything that is ready run. */
const settled = () => sleep(1);

test('an idle model scores at once; what waits for a busy one is scored together, at most 512 rows', async () => {
  const model = new FakeModel();
  const { send } = await serve(model);
  model.hold();
  const sizes = [1, 100, 100, 60, 300, 2];
  const answers = sizes.map((size, i) => send(infer, request(...Array.from({ length: size }, () => i))));
  await settled();
  expect(model.calls).toEqual([1]);
  model.release(true);
  const logits = (await Promise.all(answers)).map(({ json }) => json.outputs[0]!.data);
  expect(logits.map(({ length }) => length)).toEqual(sizes);
  logits.forEach((each, i) => expect(new Set(each)).toEqual(new Set([i])));
  expect(model.calls).toEqual([1, 260, 302]);
});

test('a free place of a busy model waits for a full batch, or for the delay', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const model = new FakeModel({ concurrency: 2 });
    const { send } = await serve(model, { batching: { maxBatchRows: 4, maxDelayMs: 5 } });
    model.hold();
    const tick = (ms: number) => vi.advanceTimersByTimeAsync(ms);
    const answers = [send(infer, request(1)), send(infer, request(2))];
    await tick(4);
    expect(model.calls).toEqual([1]);
    await tick(2);
    expect(model.calls).toEqual([1, 1]);
    model.release();
    await tick(0);
    answers.push(send(infer, request(3, 3)), send(infer, request(4, 4)));
    await tick(1);
    expect(model.calls).toEqual([1, 1, 4]);
    model.release(true);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  } finally {
    vi.useRealTimers();
  }
});

test('a full queue is answered with 503 and Retry-After, and every request that was taken is answered', async () => {
  const model = new FakeModel();
  const { send, queueRows } = await serve(model, { batching: { maxQueueRows: 10 } });
  model.hold();
  const answers = Array.from({ length: 20 }, (_, i) => send(infer, request(i, i)));
  await settled();
  expect(queueRows()).toBe(10);
  model.release(true);
  const all = await Promise.all(answers);
  expect(all.map(({ status }) => status)).toEqual([...Array(6).fill(200), ...Array(14).fill(503)]);
  const { headers, json } = all.at(-1)!;
  expect([headers.get('retry-after'), json.code]).toEqual(['1', 'serving/queue-full']);
  expect(json.error).toBe(
    '[serving] queue: must have room for 2 rows, of 10, got 10 waiting. Send the request again later.',
  );
});

test('a queue that is half full refuses a request whose rows would not fit by its length alone, unread', async () => {
  const model = new FakeModel();
  const { handler, send } = await serve(model, { batching: { maxQueueRows: 10 }, maxBodyBytes: 5000 });
  model.hold();
  const bytes = (values: readonly number[]) => JSON.stringify(request(...values)).length;
  const unread = async (length: number | undefined) => {
    let isRead = false;
    const { status, headers, body } = await handler.answer({
      method: 'POST',
      path: infer,
      header: (name) => (name === 'content-length' ? length?.toString() : undefined),
      // Ends the request: too large.
      body: (maxBytes) => {
        isRead = true;
        return new Uint8Array(maxBytes + 1);
      },
    });
    return { isRead, status, retryAfter: headers['retry-after'], text: String(body) };
  };
  const answers = [send(infer, request(0)), send(infer, request(1, 2))];
  await settled();
  // Two rows wait, of 10: what a row takes is not known well enough.
  expect(await unread(9 * bytes([1, 2]))).toMatchObject({ isRead: true, status: 413 });
  answers.push(send(infer, request(3, 4, 5, 6)));
  await settled();
  // Six rows wait: as many bytes as they have are six more.
  const refused = await unread(bytes([1, 2]) + bytes([3, 4, 5, 6]));
  expect(refused).toMatchObject({ isRead: false, status: 503, retryAfter: '1' });
  expect(refused.text).toContain('queue: must have room for 6 rows, of 10, got 6 waiting');
  expect(await unread(bytes([1, 2]))).toMatchObject({ isRead: true, status: 413 });
  expect(await unread(undefined)).toMatchObject({ isRead: true, status: 413 });
  model.release(true);
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test.each([
  ['the server', { timeoutMs: 20 }, {}, {}],
  ['the header', {}, { 'x-request-timeout-ms': '20' }, {}],
  ['the parameter, in microseconds', {}, {}, { parameters: { timeout: 20_000 } }],
  [
    'the shortest of them',
    { timeoutMs: 9_000 },
    { 'x-request-timeout-ms': '20' },
    { parameters: { timeout: 9e9 } },
  ],
])('no request waits past the limit of %s, while it waits or runs', async (_, options, headers, fields) => {
  const model = new FakeModel();
  const { send, queueRows } = await serve(model, options);
  model.hold();
  const answers = [1, 2, 3].map((value) => send(infer, { ...request(value), ...fields }, headers));
  for (const { status, json, headers: own } of await Promise.all(answers)) {
    expect([status, json.code, own.get('retry-after')]).toEqual([503, 'serving/deadline', '1']);
    expect(json.error).toContain('must be answered within its 20 ms, which have passed');
  }
  expect(queueRows()).toBe(0);
  model.release(true);
  // Those that waited were never scored.
  expect((await send(infer, request(4))).status).toBe(200);
  expect(model.calls).toEqual([1, 1]);
});

test('a client that leaves takes its rows out of the queue', async () => {
  const model = new FakeModel();
  const { handler, send, queueRows } = await serve(model);
  model.hold();
  const first = send(infer, request(1));
  const abort = new AbortController();
  const init = { method: 'POST', body: JSON.stringify(request(2, 2)), signal: abort.signal };
  const left = handler.fetch(new Request(`http://x${infer}`, init));
  await settled();
  expect(queueRows()).toBe(2);
  abort.abort();
  expect((await left).status).toBe(499);
  expect(queueRows()).toBe(0);
  model.release(true);
  expect((await first).status).toBe(200);
  expect(model.calls).toEqual([1]);
});

test('a model that fails answers 503 to its requests alone', async () => {
  const model = new FakeModel();
  const errors: unknown[] = [];
  const { send } = await serve(model, {
    onError: (thrown, what) => void errors.push([what, String(thrown)]),
  });
  vi.spyOn(model, 'score').mockRejectedValueOnce(new Error('out of memory at /srv/models'));
  const failed = await send(infer, request(1));
  expect([failed.status, failed.json.code, failed.headers.get('retry-after')]).toEqual([
    503,
    'serving/model-failed',
    '1',
  ]);
  expect(failed.json.error).not.toContain('/srv');
  expect(errors).toEqual([['scoring fake', 'Error: out of memory at /srv/models']]);
  expect((await send(infer, request(1))).status).toBe(200);
});

test('a score that is not finite is refused: JSON has no such number', async () => {
  const { send } = await serve(new FakeModel({ scale: 1e308 }), { onError: () => undefined });
  const { status, json } = await send(infer, request(1, 100));
  expect([status, json.error]).toEqual([
    400,
    '[serving] row 1: must have a finite score, got Infinity. Its numbers are too large for the model.',
  ]);
});

test('-0 and numbers of all sizes come back with their bits', async () => {
  const { send } = await serve(new FakeModel({ scale: -1 }));
  const values = [0, 1e-45, -1e-45, 3.4028234663852886e38, 0.1, 1 / 3, 16777217].map(Math.fround);
  const { json } = await send(infer, request(...values));
  const same = json.outputs[0]!.data.map((value, i) => Object.is(value, -values[i]!));
  expect(same).toEqual(values.map(() => true));
});

test('statistics and events count requests, rows and executions', async () => {
  const model = new FakeModel();
  const [requests, executions]: unknown[][] = [[], []];
  const { send } = await serve(model, {
    onRequest: ({ model: name, version, status, rows }) => void requests!.push([name, version, status, rows]),
    onExecution: (name, version, { rows, waited }) =>
      void executions!.push([name, version, rows, waited.length]),
  });
  executions!.length = 0;
  model.hold();
  const answers = [
    send(infer, request(1)),
    send(infer, request(2, 2)),
    send(infer, request(3)),
    send(infer, {}),
  ];
  await settled();
  model.release(true);
  await Promise.all(answers);
  expect(requests).toEqual([
    ['fake', 'v1', 200, 1],
    ['fake', 'v1', 200, 2],
    ['fake', 'v1', 200, 1],
    ['fake', 'v1', 400, 0],
  ]);
  expect(executions).toEqual([
    ['fake', 'v1', 1, 1],
    ['fake', 'v1', 3, 3],
  ]);
  const { json } = await send('/v2/models/fake/stats');
  expect(json.model_stats[0]).toMatchObject({
    inference_count: 4,
    execution_count: 2,
    inference_stats: { success: { count: 3 }, fail: { count: 1 }, queue: { count: 4 } },
    batch_stats: [
      { batch_size: 1, compute_infer: { count: 1 } },
      { batch_size: 3, compute_infer: { count: 1 } },
    ],
  });
});
