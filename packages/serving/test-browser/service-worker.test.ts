import { createWasmBackend } from '@ttrec/backend-wasm';
import { useChromium } from '@ttrec/browser-tests';
import { openRanker } from '@ttrec/serving';
import { expect, test } from 'vitest';
import { fileOf, kinds, modelOfKind, rows } from '../test/model-of-kind.ts';
import type * as Entry from './service-worker.page.ts';

const chromium = useChromium();

test('a service worker mounts the handler, with the bits of Node', async () => {
  await using backend = await createWasmBackend();
  const { model, data } = await modelOfKind(backend, kinds['tt']!);
  const file = await fileOf(model, { data });
  model.dispose();
  const page = await chromium.open<typeof Entry>({
    entry: new URL('./service-worker.page.ts', import.meta.url),
    modules: { '/service-worker.js': new URL('./service-worker.ts', import.meta.url) },
    files: new Map([['/clicks.safetensors', file]]),
  });
  await page.call('register');
  const some = rows.slice(0, 20);
  await using ranker = await openRanker(file, { backend });
  const { logits } = await ranker.score(some);
  const inputs = ranker.columns.map(({ name }) => ({
    name,
    datatype: 'BYTES',
    shape: [some.length],
    data: some.map((row) => row[name]),
  }));
  expect(
    await page.call('send', '/v2/models/clicks/infer', { inputs, outputs: [{ name: 'logits' }] }),
  ).toEqual([
    200,
    expect.objectContaining({
      model_version: 'clicks@1',
      outputs: [{ name: 'logits', datatype: 'FP32', shape: [20], data: Array.from(logits, Math.fround) }],
    }),
  ]);
  const [status, answer] = await page.call('send', '/v2/models/clicks/infer', { inputs: inputs.slice(1) });
  expect([status, answer]).toEqual([400, expect.objectContaining({ code: 'serving/bad-request' })]);
});
