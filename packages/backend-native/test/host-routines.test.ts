import type { HostRoutines } from '@ttrec/backend/driver';
import { createNativeBackend, nativeBackendFactory } from '@ttrec/backend-native';
import { describe, expect, test } from 'vitest';

// What they compute is tested where it is used: in the tests of grouping of @ttrec/embeddings.
const { available } = await nativeBackendFactory.availability();

describe.skipIf(!available)('arrays that native code would leave', () => {
  const room = (length: number) => new Uint32Array(length);
  /** Room for 8 numbers of a factor of 5, but for the array at `short`, which has one too few. */
  const arrays = <Lengths extends readonly number[]>(lengths: Lengths, short: number) =>
    lengths.map((length, at) => room(at === short ? length - 1 : length)) as {
      [At in keyof Lengths]: Uint32Array;
    };
  const calls: [string, (host: HostRoutines) => number][] = [
    ['fewer values than are counted', (host) => host.group(room(7), 8, arrays([8, 9, 8, 8, 32] as const, 9))],
    ...[0, 1, 2, 3, 4].map((short): (typeof calls)[number] => [
      `group, array ${short}`,
      (host) => host.group(room(8), 8, arrays([8, 9, 8, 8, 32] as const, short)),
    ]),
    ...[0, 1, 2, 3].flatMap((short): typeof calls => [
      [`split, array ${short}`, (host) => host.split(room(8), 5, arrays([8, 8, 9, 8] as const, short))],
      [
        `groupDigits, array ${short}`,
        (host) => host.groupDigits(room(8), 5, arrays([5, 6, 8, 5] as const, short)),
      ],
    ]),
  ];

  test.each(calls)('%s', async (_, call) => {
    await using backend = await createNativeBackend();
    const refused = expect.objectContaining({
      code: 'backend-native/bad-operand',
      message: expect.stringContaining('must have room for') as string,
    }) as Error;
    expect(() => call(backend.host!)).toThrow(refused);
  });

  test('a digit that is not below the factor', async () => {
    await using backend = await createNativeBackend();
    expect(() =>
      backend.host!.groupDigits(Uint32Array.of(4, 5), 5, arrays([5, 6, 8, 5] as const, 9)),
    ).toThrow('must be below 5');
  });
});
