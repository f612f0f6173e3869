import { createBackend, openRanker } from 'ttrec';
import { nativeBackendFactory } from '@ttrec/backend-native';
import { expect, test } from 'vitest';
import { clickRows, clicksRun } from './clicks-run.ts';
import { temporaryFolder } from './command.ts';

const here = await nativeBackendFactory.availability();

test.skipIf(!here.available)(
  'a ranker whose kernels leave the event loop free ranks with the same bits',
  async () => {
    const run = await clicksRun(temporaryFolder());
    await using blocked = await openRanker(run, { backend: 'native' });
    await using free = await openRanker(run, { eventLoop: 'free' });
    // Reading at once is what an engine cannot do whose kernels run elsewhere.
    expect([blocked, free].map(({ backend }) => backend.readSync === undefined)).toEqual([false, true]);
    const context = { user: 'user-3', age: '31' };
    const items = clickRows(60).map(({ item, tags, price }) => ({ item, tags, price }));
    const ranked = await Promise.all([1, 2, 3].map(() => free.rank(context, items)));
    const expected = await blocked.rank(context, items);
    expect(ranked).toEqual([expected, expected, expected]);
  },
);

test.each(['cpu', 'wasm'] as const)(
  'an engine that computes where it is called says so: %s',
  async (name) => {
    await expect(createBackend({ name, eventLoop: 'free' })).rejects.toMatchObject({
      code: 'trainer/no-free-event-loop',
      message: `[trainer] eventLoop: must be "blocked" on the "${name}" backend, got free. The "native" backend has a thread for its kernels.`,
    });
    await (await createBackend({ name, eventLoop: 'blocked' })).dispose();
  },
);

test('another word is refused', async () => {
  await expect(openRanker('nothing', { eventLoop: 'busy' as 'free' })).rejects.toMatchObject({
    code: 'trainer/bad-option',
  });
});
