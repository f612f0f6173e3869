import { mix32 } from '@ttrec/core';
import { openDataset, type DataConfig } from '@ttrec/data';
import { createEncoder, type Encoding, murmur3 } from '@ttrec/data/encoding';
import { describe, expect, test } from 'vitest';
import { readRows, refusal } from './batches.ts';
import { C1, C26, hex, LABEL, lineOf } from './criteo-lines.ts';
import { saved, valuesOf } from './encodings.ts';
import { fileOf } from './files.ts';

type Ids = Extract<DataConfig, { format: 'csv' }>['ids'];

const trained = ['a', 'a', 'a', 'b', 'b', 'c'];

/** A file with these values of one column, the last `held` of them held out. */
const csv = (values: readonly string[], ids: Ids, held = 0): DataConfig => ({
  format: 'csv',
  path: fileOf(['c,y', ...values.map((value, i) => `${value},${i % 2}`)].join('\n'), 'csv'),
  label: { column: 'y', equals: '1' },
  features: [{ column: 'c' }],
  ids: ids!,
  split: { by: 'last', test: held / values.length },
});

const criteo = (values: readonly string[], ids: object, held = 0) =>
  ({
    format: 'criteo',
    // A constant C26, so that one column alone has unseen values.
    path: fileOf(
      values.map((value, i) => lineOf({ [LABEL]: String(i % 2), [C1]: value, [C26]: hex(1) })).join('\n'),
      'tsv',
    ),
    ids,
    split: { by: 'last', test: held / values.length },
  }) as DataConfig;

async function idsOf(config: DataConfig, split: 'train' | 'test', scoring?: Encoding) {
  const dataset = await openDataset(config, { seed: 1, ...(scoring ? { scoring } : {}) });
  return { dataset, ids: (await readRows(dataset, split)).map((row) => row.ids[0]![0]!) };
}

/** By way of a file, as evaluation gets it. */
const encodingOf = async (config: DataConfig) => saved((await openDataset(config, { seed: 1 })).encoding);

describe('hash', () => {
  const hashed = { kind: 'vocabulary', minCount: 2, unseen: 'hash', unseenRows: 5 } as const;

  test('values stand behind the rows for unseen ones; rare and unseen values get those by their hash', async () => {
    const { dataset, ids } = await idsOf(csv(trained, hashed), 'train');
    expect(ids).toEqual([5, 5, 5, 6, 6, murmur3('c') % 5]);
    expect(dataset.schema.features[0]!.numEmbeddings).toBe(5 + 2);
    expect(dataset.report.tables[0]).toMatchObject({
      unseen: 'hash',
      outOfVocabulary: { train: 1 / 6, heldOut: 0 },
    });
  });

  test('the policy travels with the encoding, and scoring sends unseen values to the same rows', async () => {
    const scoring = await encodingOf(csv(trained, hashed));
    expect(scoring.tables[0]).toMatchObject({ unseen: 'hash', unseenRows: 5 });
    const unseen = Array.from({ length: 40 }, (_, i) => `new ${i}`);
    const { ids } = await idsOf(csv([...unseen, 'b', 'c'], hashed), 'test', scoring);
    expect(ids).toEqual([...unseen.map((value) => murmur3(value) % 5), 6, murmur3('c') % 5]);
    expect(new Set(ids.slice(0, 40)).size).toBe(5);
  });

  test('criteo: the same by mix32, in memory and streamed, an empty cell at its own row', async () => {
    const ids = { kind: 'vocabulary', unseen: 'hash', unseenRows: 3 };
    const scoring = await encodingOf(criteo([hex(7), hex(7), '', hex(9)], ids));
    const other = criteo([hex(7), hex(9), '', hex(1000), hex(1001)], ids);
    for (const cacheBytes of [0, 2 ** 20]) {
      const scored = await idsOf({ ...other, cacheBytes } as DataConfig, 'test', scoring);
      expect(scored.ids).toEqual([3, 5, 4, mix32(1000) % 3, mix32(1001) % 3]);
      expect(scored.dataset.report.tables[0]!.outOfVocabulary!.heldOut).toBe(2 / 5);
    }
  });

  test('maxSize counts the rows for unseen values', async () => {
    const { dataset } = await idsOf(csv(trained, { ...hashed, minCount: 1, maxSize: 7 }), 'train');
    expect(dataset.schema.features[0]!.numEmbeddings).toBe(7);
    expect(valuesOf(dataset)).toEqual(['a', 'b']);
  });
});

describe('error', () => {
  const strict = { kind: 'vocabulary', unseen: 'error' } as const;

  test('held-out rows with an unseen value are refused when the data is opened', async () => {
    const { code, message } = await refusal(
      openDataset(csv([...trained, 'x', 'y', 'x'], strict, 3), { seed: 1 }),
    );
    expect(code).toBe('data/unseen-value');
    expect(message).toBe(
      '[data] table c, held-out rows: must be among the 3 values of vocabulary "c" (unseen: "error"), got "x" and ' +
        '1 more value. Train with unseen: "oov" or "hash" to give unseen values rows.',
    );
  });

  test('a run whose held-out rows are all known keeps the policy for the rows it scores later', async () => {
    const config = csv([...trained, 'a', 'c'], strict, 2);
    const { dataset, ids } = await idsOf(config, 'test');
    expect(ids).toEqual([1, 3]);
    const scoring = await saved(dataset.encoding);
    expect((await idsOf(csv(['b', 'a'], strict), 'test', scoring)).ids).toEqual([2, 1]);
    expect(await refusal(openDataset(csv(['b', 'z'], strict), { seed: 1, scoring }))).toMatchObject({
      code: 'data/unseen-value',
    });
  });

  test('criteo: an unseen value and an unseen empty cell, in training and scoring', async () => {
    const values = [hex(7), hex(7), hex(8), hex(7)];
    const unseen = await refusal(
      openDataset(criteo([...values, hex(0xabc), hex(0xabd)], strict, 2), { seed: 1 }),
    );
    expect(unseen.code).toBe('data/unseen-value');
    expect(unseen.message).toContain(
      'column C1, held-out rows: must be among the 2 values of vocabulary "C1"',
    );
    expect(unseen.message).toContain('got 00000abc and 1 more value.');
    const empty = await refusal(openDataset(criteo([...values, ''], strict, 1), { seed: 1 }));
    expect(empty.message).toContain('got an empty cell.');
    const scoring = await encodingOf(criteo(values, strict));
    const scored = await refusal(openDataset(criteo([hex(8), hex(9)], strict), { seed: 1, scoring }));
    expect(scored.message).toContain('got "00000009".');
  });

  test.each([{ minCount: 2 }, { maxSize: 3 }])('does not go with %j', async (more) => {
    const { code, message } = await refusal(openDataset(csv(trained, { ...strict, ...more }), { seed: 1 }));
    expect(code).toBe('data/bad-config');
    expect(message).toContain('"error" must not go with minCount or maxSize');
  });
});

test('unseenRows goes with hash, and with nothing else', async () => {
  for (const ids of [{ unseen: 'hash' }, { unseenRows: 4 }, { unseen: 'oov', unseenRows: 4 }] as const) {
    const { message } = await refusal(openDataset(csv(trained, { kind: 'vocabulary', ...ids }), { seed: 1 }));
    expect(message).toContain('config.ids.unseenRows: must be given with unseen: "hash", and with no other');
  }
  const full = { kind: 'vocabulary', unseen: 'hash', unseenRows: 4, maxSize: 4 } as const;
  const { message } = await refusal(openDataset(csv(trained, full), { seed: 1 }));
  expect(message).toContain('config.ids.maxSize: must leave a row beside those for unseen values');
});

test('another policy than that of training is refused', async () => {
  const scoring = await encodingOf(csv(trained, { kind: 'vocabulary' }));
  const asked = csv(trained, { kind: 'vocabulary', unseen: 'error' });
  const { code, message } = await refusal(openDataset(asked, { seed: 1, scoring }));
  expect(code).toBe('data/encoding-mismatch');
  expect(message).toContain('config, tables.c.unseen: must be as it was in training, absent, got error.');
});

describe('an encoder gives the ids of the dataset', () => {
  const served = ['a', 'b', 'c', 'never', ''];
  /** A row of empty cells but for C1. */
  const rowOf = (value: string) => ({
    ...Object.fromEntries(createEncoder(tokens!).columns.map((column) => [column, null])),
    C1: value,
    C26: hex(1),
  });
  let tokens: Encoding | undefined;

  test.each([
    { kind: 'vocabulary', minCount: 2 },
    { kind: 'vocabulary', minCount: 2, unseen: 'hash', unseenRows: 7 },
    { kind: 'hash', buckets: 11 },
  ] as const)('csv, %j', async (ids) => {
    const scoring = await encodingOf(csv(trained, ids));
    const encoder = createEncoder(scoring);
    const scored = await idsOf(csv(served, ids), 'test', scoring);
    expect([...encoder.encode(served.map((c) => ({ c }))).byName.c!.indices]).toEqual(scored.ids);
  });

  test.each([
    { kind: 'vocabulary' },
    { kind: 'vocabulary', unseen: 'hash', unseenRows: 7 },
    { kind: 'hash', buckets: 11 },
  ] as const)('criteo, %j', async (ids) => {
    tokens = await encodingOf(criteo([hex(7), hex(7), '', hex(8)], ids));
    const values = [hex(7), hex(8), '', hex(99), 'ffffffff'];
    const scored = await idsOf(criteo(values, ids), 'test', tokens);
    const { C1: first } = createEncoder(tokens).encode(values.map(rowOf)).byName;
    expect([...first!.indices]).toEqual(scored.ids);
  });

  test('and refuses where the policy says so', async () => {
    const encoder = createEncoder(await encodingOf(csv(trained, { kind: 'vocabulary', unseen: 'error' })));
    expect([...encoder.encode([{ c: 'b' }]).byName.c!.indices]).toEqual([2]);
    expect(() => encoder.encode([{ c: 'b' }, { c: 'z' }])).toThrow(
      '[data] row 1, column c: must be among the 3 values of vocabulary "c" (unseen: "error"), got "z".',
    );
    tokens = await encodingOf(criteo([hex(7), hex(8)], { kind: 'vocabulary', unseen: 'error' }));
    const strict = createEncoder(tokens);
    expect(() => strict.encode([rowOf('')])).toThrow('row 0, column C1: must be among the 2 values');
    expect(() => strict.encode([rowOf('7')])).toThrow('must be empty or 8 hexadecimal digits, got "7"');
  });
});
