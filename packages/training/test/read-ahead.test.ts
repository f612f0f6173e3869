import { expect, test } from 'vitest';
import { readAhead, type ReadTimes } from '../src/fit/read-ahead.ts';

/** Items 0, 1, 2 …, and what happens in which order. */
function source(count: number, failAt = Infinity) {
  const said: string[] = [];
  return {
    said,
    items: async function* () {
      try {
        for (let i = 0; i < count; i++) {
          said.push(`read ${i}`);
          await Promise.resolve();
          if (i === failAt) throw new Error(`item ${i} is unreadable`);
          yield i;
        }
      } finally {
        said.push('closed');
      }
    },
  };
}

test('the next item is read while one is in use, and none after the last', async () => {
  const from = source(9);
  const { said } = from;
  let seen = -1;
  const use = async (item: number, { waitedSeconds, readSeconds }: ReadTimes) => {
    expect(waitedSeconds).toBeGreaterThanOrEqual(0);
    expect(readSeconds).toBeGreaterThanOrEqual(0);
    said.push(`use ${item}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    said.push(`used ${item}`);
    seen = item;
    return item < 2;
  };
  await readAhead(from.items(), use, () => seen >= 1);
  expect(said).toEqual([
    ...['read 0', 'use 0', 'read 1', 'used 0', 'use 1', 'read 2', 'used 1', 'use 2', 'used 2', 'closed'],
  ]);
});

test('the next item is read when one in use waits for an event, not before', async () => {
  const from = source(2);
  const { said } = from;
  const use = async (item: number) => {
    // What computes on this thread is there at once.
    await Promise.resolve();
    said.push(`computed ${item}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    said.push(`received ${item}`);
    return true;
  };
  let busyMs = -1;
  await readAhead(
    from.items(),
    use,
    () => false,
    (ms) => (busyMs = Math.max(0, busyMs) + ms),
  );
  expect(said).toEqual([
    ...['read 0', 'computed 0', 'read 1', 'received 0', 'computed 1', 'closed', 'received 1'],
  ]);
  expect(busyMs).toBeGreaterThanOrEqual(0);
});

test('items come in order until the source ends', async () => {
  const used: number[] = [];
  const from = source(5);
  await readAhead(
    from.items(),
    async (item) => used.push(item) > 0,
    () => false,
  );
  expect(used).toEqual([0, 1, 2, 3, 4]);
});

test('an error of the source comes at the turn of its item, one of the use at once; the source is closed', async () => {
  const broken = source(5, 2);
  const used: number[] = [];
  const reading = readAhead(
    broken.items(),
    async (item) => used.push(item) > 0,
    () => false,
  );
  await expect(reading).rejects.toThrow('item 2 is unreadable');
  expect(used).toEqual([0, 1]);
  const sound = source(5);
  const failing = readAhead(
    sound.items(),
    () => Promise.reject(new Error('no room')),
    () => false,
  );
  await expect(failing).rejects.toThrow('no room');
  expect(sound.said.at(-1)).toBe('closed');
});
