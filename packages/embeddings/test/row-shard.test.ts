import { collectRows, dealRows, heldBelow, positionsHeld, TableSharding } from '@ttrec/embeddings/model';
import { refusal } from '@ttrec/test-support';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('rows that are dealt out to workers come back in their order, and each worker has those of its ids', () => {
  const shapes = fc.tuple(
    fc.nat(50),
    fc.nat(40),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 5 }),
  );
  fc.assert(
    fc.property(shapes, ([start, count, width, size]) => {
      const values = Float32Array.from({ length: count * width }, (_, i) => i);
      const parts = dealRows(values, { start, width }, size);
      expect(collectRows(parts, { start, width })).toEqual(values);
      const ids = Uint32Array.from({ length: count }, (_, i) => start + i);
      parts.forEach((part, rank) => {
        const held = [...positionsHeld(ids, { rank, size })];
        expect(held).toEqual([...ids.keys()].filter((at) => (start + at) % size === rank));
        expect([...part]).toEqual(held.flatMap((at) => [...values.subarray(at * width, (at + 1) * width)]));
        const before = heldBelow(start, { rank, size });
        expect(heldBelow(start + count, { rank, size })).toBe(before + held.length);
      });
    }),
  );
});

test('a sharding that no model has is refused', () => {
  expect(() => new TableSharding({ rank: 2, size: 2, tables: [] })).toThrow(
    refusal('embeddings/bad-sharding', 'rank must be an integer from 0 to below size, got rank 2 of 2'),
  );
  const sharding = new TableSharding({ rank: 0, size: 2, tables: ['user'] });
  const tables = [{ name: 'user', numEmbeddings: 9, config: { kind: 'tt', ranks: 2 } as const }];
  expect(() => sharding.check(tables)).toThrow(
    refusal('embeddings/bad-sharding', 'must be a table of the model of kind "dense", got tt'),
  );
});
