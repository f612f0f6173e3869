import { createHandler, ModelRepository, rankerModel } from '@ttrec/serving/http';
import { openRanker } from '@ttrec/serving/web';

// A service worker that answers the requests of its pages for scores.

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
declare const clients: { claim(): Promise<void> };

const open = async () => ({
  version: 'clicks@1',
  model: rankerModel(await openRanker('/clicks.safetensors')),
});
const repository = new ModelRepository({ clicks: [{ open }] });
const { fetch: answer } = createHandler(repository);
const loaded = repository.loadAll();

addEventListener('install', (event) => (event as Extendable).waitUntil(loaded));
addEventListener('activate', (event) => (event as Extendable).waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  const fetching = event as Fetching;
  const { request } = fetching;
  if (!/^\/v[12]\//.test(new URL(request.url).pathname)) return;
  fetching.respondWith(loaded.then(() => answer(request)));
});
