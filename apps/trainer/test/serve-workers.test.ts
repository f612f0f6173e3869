import type { Worker } from 'node:worker_threads';
import { setTimeout as pause } from 'node:timers/promises';
import { HttpError, type RequestModel } from '@ttrec/serving/http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredBytes } from '../src/serve/messages.ts';
import { RunSource } from '../src/serve/run-source.ts';
import { WorkerLink, startWorker } from '../src/serve/worker-link.ts';
import { WorkerPool } from '../src/serve/worker-pool.ts';
import { clicksRun } from './clicks-run.ts';
import { temporaryFolder } from './command.ts';

/** TTREC_KILLS=20 kills more. */
const KILLS = Number(process.env['TTREC_KILLS'] ?? 4);

const workers: Worker[] = [];
const failures: string[] = [];
let pool: WorkerPool;
let path: string;
let stored: StoredBytes;
let model: RequestModel;

function started(): Worker {
  const worker = startWorker({ backend: 'cpu' });
  workers.push(worker);
  return worker;
}

beforeAll(async () => {
  path = await clicksRun(temporaryFolder());
  const reader = new WorkerLink(startWorker({ backend: 'cpu' }), (text) => failures.push(text));
  stored = await reader.call('read', { path, checkpoint: undefined });
  await reader.end();
  ({ pool } = await WorkerPool.start({ size: 2, start: started, onFailure: (text) => failures.push(text) }));
  model = await pool.open(stored);
});
afterAll(() => pool.close());

const offsets = { datatype: 'INT64', shape: [3], data: [0, 1, 2] };
const indices = { datatype: 'INT64', shape: [2], data: [1, 2] };
const score = async (of: RequestModel = model): Promise<unknown> => {
  const inputs = [
    { name: 'dense', datatype: 'FP32', shape: [2, 2], data: [0, 1, 2, 3] },
    ...of.inputs.features.flatMap(({ name }) => [
      { name: `${name}.indices`, ...indices },
      { name: `${name}.offsets`, ...offsets },
    ]),
  ];
  const body = new TextEncoder().encode(JSON.stringify({ id: 'x', inputs }));
  const [result] = await of.answer([{ protocol: 'infer', body }], { name: 'clicks', version: '1' });
  if ('fault' in result!) throw new Error(result.fault.message);
  return JSON.parse(String(result!.answer.body)) as unknown;
};

test('a worker that is killed again and again fails only its own calls, and another takes its place', async () => {
  const expected = await score();
  let answered = 0;
  let lost = 0;
  let isRunning = true;
  const client = async () => {
    while (isRunning) {
      try {
        expect(await score()).toEqual(expected);
        answered++;
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HttpError);
        expect(thrown).toMatchObject({
          status: 503,
          code: 'trainer/worker-died',
          headers: { 'retry-after': '1' },
        });
        lost++;
      }
    }
  };
  const clients = [client(), client(), client()];
  for (let kill = 0; kill < KILLS; kill++) {
    await workers.at(-1)!.terminate();
    while (pool.running < 2) await pause(5);
  }
  isRunning = false;
  await Promise.all(clients);
  expect(workers).toHaveLength(2 + KILLS);
  expect(answered).toBeGreaterThan(100);
  // Three clients have one call each under way.
  expect(lost).toBeLessThanOrEqual(3 * KILLS);
  expect(failures.filter((text) => text.includes('another takes its place'))).toHaveLength(KILLS);
}, 120_000);

test('models that are opened while workers die are in all of them; closed ones in none', async () => {
  const opening = pool.open(stored);
  await workers.at(-1)!.terminate();
  const second = await opening;
  expect(await Promise.all(Array.from({ length: 8 }, () => score(second)))).toEqual(
    Array(8).fill(await score()),
  );
  await second.dispose();
  await expect(score(second)).rejects.toMatchObject({ code: 'trainer/unexpected' });
  expect(await score()).toMatchObject({ model_name: 'clicks' });
}, 60_000);

test('bytes that are no model are refused by all workers, which go on', async () => {
  await expect(pool.open({ bytes: new SharedArrayBuffer(16), kindsFrom: undefined })).rejects.toMatchObject({
    code: expect.stringMatching(/^tensor-files\//) as string,
  });
  expect(await score()).toMatchObject({ model_name: 'clicks' });
});

test('a start that is aborted ends what reads, opens and waits for a worker', async () => {
  const starting = new AbortController();
  const start = () => startWorker({ backend: 'cpu' });
  const source = new RunSource(path, { pool, start, checkpoint: undefined, signal: starting.signal });
  const reading = source.open({});
  starting.abort();
  await expect(reading).rejects.toMatchObject({ code: 'trainer/worker-died' });
  await expect(source.open({})).rejects.toBe(starting.signal.reason);

  const other = await WorkerPool.start({ size: 1, start, onFailure: (text) => failures.push(text) });
  const opening = other.pool.open(stored);
  await other.pool.close();
  await expect(opening).rejects.toMatchObject({ code: 'trainer/worker-died' });
});
