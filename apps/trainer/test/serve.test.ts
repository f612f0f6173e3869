import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { openRanker } from 'ttrec';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickRows, clicksRun } from './clicks-run.ts';
import { resumeIn } from './in-process.ts';
import { start, temporaryFolder, ttrec, ttrecProcess, type Command } from './command.ts';

const folder = temporaryFolder();
const rows = clickRows(100);
let run: string;
let server: Command;
let url: string;

beforeAll(async () => {
  run = await clicksRun(folder);
  ({ server, url } = await serve('--max-body', '100kB', '--access-log'));
});
afterAll(() => server.child.kill('SIGKILL'));

async function serve(...flags: readonly string[]) {
  const started = start([
    'serve',
    `shop=${run}`,
    '--port',
    '0',
    '--workers',
    '1',
    '--checkpoint',
    'latest',
    ...flags,
  ]);
  const said = await started.says('serving  ');
  return { server: started, url: /serving {2}(http:\S+)\/v2/.exec(said)![1]! };
}

/** What a JSON answer holds: fields that the test expects. */
interface Answer {
  readonly code: string;
  readonly model_version: string;
  readonly outputs: readonly [{ readonly data: readonly number[] }];
}

async function post(path: string, body: unknown): Promise<{ status: number; json: Answer }> {
  const response = await fetch(url + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Answer };
}

const columns = Object.keys(rows[0]!) as (keyof (typeof rows)[number])[];
const inputs = columns.map((name) => ({
  name,
  datatype: 'BYTES',
  shape: [rows.length],
  data: rows.map((row) => row[name]),
}));
const infer = '/v2/models/shop/infer';

test('answers have the bits of the ranker', async () => {
  const { status, json } = await post(infer, { inputs, outputs: [{ name: 'logits' }] });
  expect(status).toBe(200);
  expect(json.model_version).toBe('clicks@step-00000012');
  await using ranker = await openRanker(run, { checkpoint: 'step-00000012' });
  expect(json.outputs[0].data).toEqual([...(await ranker.score(rows)).logits]);
});

test.each([
  [
    'a port in use',
    () => ['--port', new URL(url).port],
    /--port: must be free, got \d+\. .*\(trainer\/port-in-use\)/s,
  ],
  [
    'an address of another machine',
    () => ['--port', '0', '--host', '192.0.2.1'],
    /--host: must be an address of this machine, got 192\.0\.2\.1\.\s+\(trainer\/bad-host\)/,
  ],
])('refuses %s', async (_, flags, message) => {
  const { code, stderr } = await ttrecProcess('serve', run, '--workers', '1', ...flags());
  expect(stderr).toMatch(message);
  expect(code).toBe(1);
});

describe('clients that do not behave', () => {
  const connected = () => connect(Number(new URL(url).port), new URL(url).hostname);

  test('a body of 64 MiB, and one that has no length, are refused', async () => {
    const sent = await post(infer, ' '.repeat(200_000));
    expect(sent).toEqual({
      status: 413,
      json: {
        error: '[serving] request body: must have at most 100000 bytes.',
        code: 'serving/body-too-large',
      },
    });
    const status = await new Promise<number | string | undefined>((resolve) => {
      const client = httpRequest(url + infer, { method: 'POST' }, (answer) => resolve(answer.statusCode));
      client.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
      const chunk = Buffer.alloc(2 ** 20);
      for (let i = 0; i < 64; i++) client.write(chunk);
      client.end();
    });
    // The server may have closed the connection before all was sent.
    expect([413, 'EPIPE', 'ECONNRESET']).toContain(status);
  });

  test.each([
    ['half a request line', 'POST /v2/mod'],
    ['half a body', `POST ${infer} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{"inputs":[`],
    ['no HTTP', '\u0000\u0001\u0002\r\n\r\n'],
    [
      'a body, without waiting for its answer',
      `POST ${infer} HTTP/1.1\r\nHost: x\r\nContent-Length: ${JSON.stringify({ inputs }).length}\r\n\r\n${JSON.stringify({ inputs })}`,
    ],
  ])('%s, then gone', async (_, text) => {
    for (let i = 0; i < 20; i++) {
      const socket = connected();
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) => socket.write(text, () => resolve()));
      socket.destroy();
    }
    expect((await post(infer, { inputs })).status).toBe(200);
  });
});

test('a reader of the access log that reads nothing does not stop the server', async () => {
  const { server: unread, url: own } = await serve('--access-log');
  unread.child.stdout!.pause();
  // 2 MB of lines, which no pipe holds.
  for (let i = 0; i < 500; i++) {
    const { ok } = await fetch(`${own}/v2/health/live?${'x'.repeat(4000)}`);
    expect(ok).toBe(true);
  }
  unread.child.stdout!.resume();
  unread.child.kill('SIGTERM');
  const { code, stdout } = await unread.ended;
  expect(code).toBe(0);
  expect(stdout.split('\n').filter((line) => line.includes('/v2/health/live'))).toHaveLength(500);
}, 60_000);

test('paths of the disk are in no answer', async () => {
  const load = '/v2/repository/models/shop/load';
  const failed = await post(load, { parameters: { checkpoint: 'step-00000099' } });
  expect([failed.status, failed.json.code]).toEqual([400, 'serving/cannot-load']);
  await server.says('loading shop: ');
  const texts = await Promise.all(
    [
      '/v2',
      '/v2/models/shop',
      '/v2/models/shop/stats',
      '/docs',
      '/metrics',
      '/nothing',
      '/v2/models/none',
    ].map(async (path) => (await fetch(url + path)).text()),
  );
  for (const text of [...texts, JSON.stringify(failed.json)]) expect(text).not.toContain(folder);
  expect(texts[4]).toMatch(
    /ttrec_inference_requests_total\{model="shop",version="clicks@step-00000012",code="200"\} \d/,
  );
  expect(texts[4]).toMatch(/ttrec_model_loaded_bytes\{model="shop",version="clicks@step-00000012"\} \d{3}/);
  expect(texts[4]).toContain('nodejs_eventloop_lag_p99_seconds');
});

test('training goes on and the model is loaded again while requests run: each answer names the version that scored it', async () => {
  const logits = new Map<string, unknown>();
  const seen = new Set<string>();
  let isLoading = true;
  const client = async () => {
    do {
      const { status, json } = await post(infer, { inputs, outputs: [{ name: 'logits' }] });
      expect(status).toBe(200);
      const version = json.model_version;
      seen.add(version);
      const known = logits.get(version) ?? json.outputs[0].data;
      logits.set(version, known);
      expect(json.outputs[0].data).toEqual(known);
    } while (isLoading);
  };
  const clients = [client(), client()];
  for (const steps of [18, 24, 30]) {
    await resumeIn(run, { steps });
    const versions = [`clicks@step-000000${steps}`];
    expect(await post('/v2/repository/models/shop/load', '')).toEqual({
      status: 200,
      json: { name: 'shop', versions },
    });
  }
  isLoading = false;
  await Promise.all([...clients, client()]);
  expect([...seen].sort()).toEqual([12, 18, 24, 30].map((step) => `clicks@step-000000${step}`));
});

test('SIGTERM: requests that were accepted are answered, and the command ends with 0', async () => {
  const answers = Array.from({ length: 20 }, () => post(infer, { inputs }));
  await pause(5);
  server.child.kill('SIGTERM');
  const statuses = await Promise.all(
    answers.map((answer) =>
      answer.then(
        ({ status }) => status,
        (cause: unknown) => (cause as Error).message,
      ),
    ),
  );
  // A connection that was not accepted before the signal is refused.
  expect(statuses.filter((status) => status !== 200 && status !== 503 && status !== 'fetch failed')).toEqual(
    [],
  );
  expect(statuses).toContain(200);
  const { code, stdout, stderr } = await server.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('stopped  all requests were answered');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.find(({ status }) => status === 413)).toMatchObject({
    method: 'POST',
    url: infer,
    ip: '127.0.0.1',
  });
}, 60_000);

test.each([
  ['a run that is not there', ['nothing'], 1, 'training/no-run'],
  ['two runs that cannot be told apart', ['a/x', 'b/x'], 2, 'trainer/model-twice'],
  ['a port that is none', ['x', '--port', '70000'], 2, 'It must be an integer from 0 to 65535.'],
])('refuses %s', async (_, args, code, words) => {
  const ended = await ttrec('serve', '--workers', '1', ...args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(words);
});
