import { mix32 } from '@ttrec/core';
import { murmur3 } from '@ttrec/data/encoding';
import { expect, test } from 'vitest';

// Published test vectors of MurmurHash3_x86_32.
test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['a', 0x9747b28c, 0x7fa09ea6],
  ['aa', 0x9747b28c, 0x5d211726],
  ['aaa', 0x9747b28c, 0x283e0130],
  ['aaaa', 0x9747b28c, 0x5a97808a],
  ['abc', 0, 0xb3dd93fa],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
  ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
])('murmur3 of %j with seed %d', (text, seed, hash) => {
  expect(murmur3(text, seed)).toBe(hash);
});

test('mix32 maps no two of a million integers to one', () => {
  const seen = new Set<number>();
  for (let i = 0; i < 1_000_000; i++) seen.add(mix32(i * 4294 + 1));
  expect(seen.size).toBe(1_000_000);
});
