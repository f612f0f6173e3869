import { RandomStream } from '@ttrec/core';
import { expect, test } from 'vitest';
import { Allocator } from '../src/allocator.ts';

test('what is alive never overlaps, starts on a pair of cache lines, and 10,000 rounds need no more room than their peak', () => {
  const random = new RandomStream(4, 'allocator');
  const allocator = new Allocator(100, () => undefined);
  const alive: { address: number; bytes: number }[] = [];
  let settled = 0;
  for (let round = 0; round < 10_000; round++) {
    const drop = alive.length > 60 ? alive.splice(random.nextInteger(alive.length), 1)[0] : undefined;
    if (drop) allocator.free(drop.address);
    const bytes = 1 + random.nextInteger(5000);
    const address = allocator.allocate(bytes);
    expect(address % 128).toBe(0);
    expect(address).toBeGreaterThanOrEqual(100);
    for (const other of alive) {
      expect(address >= other.address + other.bytes || other.address >= address + bytes).toBe(true);
    }
    alive.push({ address, bytes });
    if (round === 2000) settled = allocator.end;
  }
  // 61 pieces of at most 5 KiB; the first fifth of the rounds has seen all the fragmentation there is, but for a quarter.
  expect(allocator.end).toBeLessThanOrEqual(1.25 * settled);
  for (const { address } of alive) allocator.free(address);
  // All neighbours have become one: the whole space can be had in one piece.
  const { end } = allocator;
  expect(allocator.allocate(end - 128)).toBe(128);
  expect(allocator.end).toBe(end);
});

test('space that cannot be extended is as it was', () => {
  const allocator = new Allocator(0, (end) => {
    if (end > 256) throw new RangeError('no more');
  });
  const first = allocator.allocate(128);
  expect(() => allocator.allocate(192)).toThrow('no more');
  expect(allocator.allocate(128)).toBe(128);
  allocator.free(first);
  expect(allocator.allocate(65)).toBe(0);
});

test('a piece that ends the space grows where it is', () => {
  const ends: number[] = [];
  const allocator = new Allocator(0, (end) => ends.push(end));
  allocator.free(allocator.allocate(128));
  expect(allocator.allocate(640)).toBe(0);
  expect(ends).toEqual([128, 640]);
});
