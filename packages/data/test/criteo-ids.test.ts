import { openDataset, type DataConfig } from '@ttrec/data';
import { expect, test } from 'vitest';
import { readRows } from './batches.ts';
import { C1, hex, LABEL, lineOf } from './criteo-lines.ts';
import { fileOf } from './files.ts';

type Ids = Extract<DataConfig, { format: 'criteo' }>['ids'];

/** A file with these values of C1, the last `held` of them held out. */
function openC1(values: readonly string[], ids: Ids, held = 0) {
  const path = fileOf(
    values.map((value, i) => lineOf({ [LABEL]: String(i % 2), [C1]: value })).join('\n'),
    'tsv',
  );
  const split = { by: 'last', test: held / values.length } as const;
  return openDataset({ format: 'criteo', path, ids, split }, { seed: 1 });
}

const idsOf = async (dataset: Awaited<ReturnType<typeof openC1>>, split: 'train' | 'test' = 'train') =>
  (await readRows(dataset, split)).map((row) => row.ids[0]![0]);

const [A, B, C, MAX] = [hex(10), hex(11), hex(12), 'ffffffff'];

test('ids go by frequency, ties by value; a missing value is a value, before all others in a tie', async () => {
  const dataset = await openC1([C, MAX, B, '', C, C, '', A, A, MAX], { kind: 'vocabulary' });
  // C three times; then missing, A (lower) and MAX twice each; then B.
  expect(await idsOf(dataset)).toEqual([1, 4, 5, 2, 1, 1, 2, 3, 3, 4]);
  expect(dataset.schema.features[0]).toEqual({
    name: 'C1',
    table: 'C1',
    numEmbeddings: 6,
    multiValued: false,
  });
  expect(dataset.report.missing).toEqual({ C1: 2 });
});

test('only training rows count: what they lack is out of vocabulary, row 0', async () => {
  const dataset = await openC1([A, B, B, C, C, C, A, C], { kind: 'vocabulary' }, 5);
  expect(await idsOf(dataset)).toEqual([2, 1, 1]);
  expect(await idsOf(dataset, 'test')).toEqual([0, 0, 0, 2, 0]);
  expect(dataset.report.tables[0]).toMatchObject({
    kind: 'vocabulary',
    numEmbeddings: 3,
    distinct: 2,
    outOfVocabulary: { train: 0, heldOut: 0.8 },
  });
});

test('minCount and maxSize send rare values to row 0', async () => {
  const values = [A, A, A, B, B, C, MAX, ''];
  expect(await idsOf(await openC1(values, { kind: 'vocabulary', minCount: 2 }))).toEqual([
    1, 1, 1, 2, 2, 0, 0, 0,
  ]);
  const capped = await openC1(values, { kind: 'vocabulary', maxSize: 2 });
  expect(await idsOf(capped)).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
  expect(capped.schema.features[0]!.numEmbeddings).toBe(2);
  expect(capped.report.tables[0]!.outOfVocabulary!.train).toBe(5 / 8);
});

test('hashing keeps ids below the buckets, row 0 for missing, each column its own number', async () => {
  const buckets = Array.from({ length: 26 }, (_, c) => 2 + c);
  const values = Array.from({ length: 500 }, (_, i) => (i % 5 === 0 ? '' : hex((i * 2654435761) % 2 ** 32)));
  const dataset = await openC1(values, { kind: 'hash', buckets });
  expect(dataset.schema.features.map((feature) => feature.numEmbeddings)).toEqual(buckets);
  expect((await idsOf(dataset)).every((id, i) => (i % 5 === 0 ? id === 0 : id === 1))).toBe(true);
  expect(dataset.report.tables[0]).toEqual({ table: 'C1', kind: 'hash', numEmbeddings: 2 });
});

test('hashing spreads values evenly: chi-squared over 16 buckets below the 99.9 % point', async () => {
  const dataset = await openC1(
    Array.from({ length: 16_000 }, (_, i) => hex(i)),
    { kind: 'hash', buckets: 17 },
  );
  const counts = new Array<number>(17).fill(0);
  for (const id of await idsOf(dataset)) counts[id!]!++;
  expect(counts[0]).toBe(0);
  expect(counts.slice(1).reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(37.7);
});

test('a hashed id is exact at the largest table', async () => {
  const dataset = await openC1([MAX, hex(0), hex(1)], { kind: 'hash', buckets: 4294967295 });
  // 1 + murmur3's finaliser mod (2^32 - 2), worked out with BigInt.
  const mix = (value: bigint) => {
    const mask = 0xffffffffn;
    let h = value;
    h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & mask;
    h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & mask;
    return Number(1n + ((h ^ (h >> 16n)) % 4294967294n));
  };
  expect(await idsOf(dataset)).toEqual([mix(0xffffffffn), mix(0n), mix(1n)]);
});
