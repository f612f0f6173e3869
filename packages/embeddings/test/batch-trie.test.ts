import { naiveDigits, naiveTrie } from '@ttrec/testkit/backend';
import { BatchTrieBuilder } from '../src/lookup/grouping/batch-trie.ts';
import { hosts } from './hosts.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const MAX = 2 ** 32 - 1;

describe.each(hosts)('BatchTrieBuilder, %s, equals the trie built by maps', (_, by) => {
  test('for random row factors and ids, one builder for several batches', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    const inputs = shapes.chain((shape) => {
      const max = shape.reduce((product, p) => product * p, 1) - 1;
      const batch = fc.array(fc.nat({ max }), { maxLength: 200 });
      return fc.tuple(fc.constant(shape), fc.array(batch, { minLength: 1, maxLength: 3 }));
    });
    fc.assert(
      fc.property(inputs, ([shape, batches]) => {
        const builder = new BatchTrieBuilder(shape, by);
        for (const ids of batches) expectSame(builder, ids, shape);
      }),
    );
  });

  const wide = [1626, 1626, 1626];
  test.each([
    ['one id', [5]],
    ['no ids', []],
    ['a run', Array.from({ length: 200 }, (_, i) => i)],
    ['a run backwards, up to the largest id', Array.from({ length: 200 }, (_, i) => MAX - i)],
    ['the same id fifty times', new Array<number>(50).fill(MAX)],
    ['ids that share no digit', [0, 1 + 1626 + 1626 ** 2, 2 * (1 + 1626 + 1626 ** 2)]],
  ])('%s, of 2^32 rows', (_, ids) => expectSame(new BatchTrieBuilder(wide, by), ids, wide));

  test('its last digits spell the ids again, exactly, at the end of uint32', () => {
    const ids = Uint32Array.from([MAX - 2, MAX - 1, MAX]);
    const [first, second, third] = new BatchTrieBuilder(wide, by).build(ids);
    const spelt = Array.from(third!.digit, (digit, node) => {
      const parent = third!.parent[node]!;
      return [first!.digit[second!.parent[parent]!]!, second!.digit[parent]!, digit];
    });
    expect(spelt).toEqual([...ids].map((id) => naiveDigits(id, wide)));
  });
});

function expectSame(builder: BatchTrieBuilder, ids: readonly number[], rowShape: readonly number[]): void {
  const want = naiveTrie(ids, rowShape);
  const got = builder.build(Uint32Array.from(want.rows));
  expect(got).toEqual(want.levels);
}
