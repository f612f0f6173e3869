import {
  createHandler,
  ModelRepository,
  requestModel,
  type LoadOptions,
  type ModelSource,
} from '@ttrec/serving/http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FakeModel, request } from './fake-model.ts';
import { sender } from './served-run.ts';

const infer = '/v2/models/fake/infer';

/** Each load opens another version, whose logits are its number. */
class Versions implements ModelSource {
  readonly opened: FakeModel[] = [];
  failure: Error | undefined;

  async open({ checkpoint }: LoadOptions) {
    await sleep(1);
    if (this.failure) throw this.failure;
    const model = new FakeModel({ scale: this.opened.push(undefined as never) });
    this.opened[this.opened.length - 1] = model;
    return { version: checkpoint ?? `v${model.scale}`, model: requestModel(model) };
  }
}

async function serve(...sources: Versions[]) {
  const errors: string[] = [];
  const onError = (thrown: unknown, what: string) =>
    void errors.push(`${what}: ${(thrown as Error).message}`);
  const repository = new ModelRepository({ fake: sources }, { onError });
  const handler = createHandler(repository, { onError });
  return { repository, errors, send: sender(handler) };
}

test('100 reloads under load: no request fails, each answer names the version that scored it, old versions end', async () => {
  const versions = new Versions();
  const { repository, send } = await serve(versions);
  await repository.loadAll();
  let isLoading = true;
  const seen = new Set<string>();
  const client = async () => {
    while (isLoading) {
      const { status, json } = await send(infer, request(1));
      expect(status).toBe(200);
      expect(json.model_version).toBe(`v${json.outputs[0]!.data[0]}`);
      seen.add(json.model_version);
      await sleep(0);
    }
  };
  const clients = [client(), client(), client()];
  for (let i = 0; i < 100; i++) expect((await send('/v2/repository/models/fake/load', '')).status).toBe(200);
  isLoading = false;
  await Promise.all(clients);
  expect(seen.size).toBeGreaterThan(20);
  expect(versions.opened.map(({ isDisposed }) => isDisposed)).toEqual([...Array(100).fill(true), false]);
});

test('the old version answers what it accepted before it ends', async () => {
  const versions = new Versions();
  const { repository, send } = await serve(versions);
  await repository.loadAll();
  const [first] = versions.opened;
  first!.hold();
  const accepted = [send(infer, request(5)), send(infer, request(6))];
  await sleep(1);
  await repository.load('fake');
  expect((await send(infer, request(5))).json.model_version).toBe('v2');
  expect(first!.isDisposed).toBe(false);
  first!.release(true);
  expect((await Promise.all(accepted)).map(({ json }) => json.model_version)).toEqual(['v1', 'v1']);
  await sleep(1);
  expect(first!.isDisposed).toBe(true);
});

test('a version that cannot be opened, or not score, leaves the old one; the answer has a code and no path', async () => {
  const versions = new Versions();
  const { repository, send, errors } = await serve(versions);
  await repository.loadAll();
  versions.failure = new Error('EACCES /srv/models/run');
  const { status, json } = await send('/v2/repository/models/fake/load', '{}');
  expect([status, json]).toEqual([
    400,
    {
      error: '[serving] model "fake": must open; the log of the server says why it did not, got failed.',
      code: 'serving/cannot-load',
    },
  ]);
  expect(errors).toEqual(['loading fake: EACCES /srv/models/run']);
  expect((await send(infer, request(1))).json.model_version).toBe('v1');
  expect((await send('/v2/health/ready')).status).toBe(200);
});

test('several sources are versions of one model, of which the last is the newest; a load names a checkpoint of it', async () => {
  const [older, newer] = [new Versions(), new Versions()];
  newer.opened.push(new FakeModel());
  const { repository, send } = await serve(older, newer);
  expect((await send('/v2/health/ready')).status).toBe(503);
  const early = await send(infer, request(1));
  expect([early.status, early.json.code, early.headers.get('retry-after')]).toEqual([
    503,
    'serving/not-loaded',
    '1',
  ]);
  await repository.loadAll();
  expect((await send('/v2/models/fake')).json.versions).toEqual(['v1', 'v2']);
  expect((await send(infer, request(1))).json.model_version).toBe('v2');
  expect((await send('/v2/models/fake/versions/v1/infer', request(1))).json.model_version).toBe('v1');
  const loaded = await send('/v2/repository/models/fake/load', { parameters: { checkpoint: 'best' } });
  expect(loaded.json).toEqual({ name: 'fake', versions: ['v1', 'best'] });
  expect((await send('/v2/models/fake/versions/v2/infer', request(1))).json.error).toContain(
    'must be v1 or best, got v2',
  );
});

test('unloading answers what was accepted; the model can be loaded again', async () => {
  const versions = new Versions();
  const { repository, send } = await serve(versions);
  await repository.loadAll();
  versions.opened[0]!.hold();
  const accepted = send(infer, request(1));
  await sleep(1);
  const unloaded = send('/v2/repository/models/fake/unload', '');
  await sleep(1);
  expect((await send(infer, request(1))).json.code).toBe('serving/not-loaded');
  expect((await send('/v2/models/fake/ready')).status).toBe(503);
  versions.opened[0]!.release(true);
  expect((await accepted).status).toBe(200);
  expect((await unloaded).status).toBe(200);
  expect(versions.opened[0]!.isDisposed).toBe(true);
  expect((await send('/v2/repository/index', { ready: true })).json).toEqual([]);
  await send('/v2/repository/models/fake/load', '');
  expect((await send(infer, request(1))).json.model_version).toBe('v2');
});

test('draining: not ready, still live, what was accepted is answered, then all models end', async () => {
  const versions = new Versions();
  const { repository, send } = await serve(versions);
  await repository.loadAll();
  versions.opened[0]!.hold();
  const accepted = send(infer, request(1));
  await sleep(1);
  const drained = repository.drain();
  expect((await send('/v2/health/ready')).json).toEqual({ ready: false, live: true });
  expect((await send('/v2/health/live')).status).toBe(200);
  versions.opened[0]!.release(true);
  expect((await accepted).status).toBe(200);
  await drained;
  expect(versions.opened[0]!.isDisposed).toBe(true);
});
