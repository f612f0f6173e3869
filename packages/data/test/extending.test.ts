import { openDataset, type DataConfig } from '@ttrec/data';
import type { Encoding } from '@ttrec/data/encoding';
import { describe, expect, test } from 'vitest';
import { readRows, refusal } from './batches.ts';
import { C1, hex, LABEL, lineOf } from './criteo-lines.ts';
import { saved, valuesOf } from './encodings.ts';
import { fileOf } from './files.ts';

const csv = (values: readonly string[], more: object = {}) =>
  ({
    format: 'csv',
    path: fileOf(['c,x,y', ...values.map((value, i) => `${value},${i * i},${i % 2}`)].join('\n'), 'csv'),
    label: { column: 'y', equals: '1' },
    features: [{ column: 'c' }],
    dense: [{ column: 'x', transform: 'standardise' }],
    ids: { kind: 'vocabulary' },
    split: { by: 'random', test: 0 },
    ...more,
  }) as DataConfig;

const criteo = (values: readonly string[], ids: object = { kind: 'vocabulary' }) =>
  ({
    format: 'criteo',
    path: fileOf(values.map((value, i) => lineOf({ [LABEL]: String(i % 2), [C1]: value })).join('\n'), 'tsv'),
    ids,
    split: { by: 'random', test: 0 },
  }) as DataConfig;

/** By way of a file, as a run keeps it. */
const learnt = async (config: DataConfig, extending?: Encoding) =>
  saved((await openDataset(config, { seed: 1, ...(extending ? { extending } : {}) })).encoding);

async function idsOf(config: DataConfig, extending: Encoding) {
  const dataset = await openDataset(config, { seed: 1, extending });
  const rows = await readRows(dataset);
  return { dataset, rows, ids: rows.map((row) => row.ids[0]![0]!) };
}

describe('csv', () => {
  test('known values keep their rows, new ones come after them by frequency', async () => {
    const before = await learnt(csv(['a', 'b', 'b', 'c', 'c', 'c']));
    const { dataset, ids } = await idsOf(csv(['new', 'x', 'a', 'x', 'x', 'new', 'c', 'once']), before);
    expect(valuesOf(dataset)).toEqual(['c', 'b', 'a', 'x', 'new', 'once']);
    expect(ids).toEqual([5, 4, 3, 4, 4, 5, 1, 6]);
    expect(dataset.schema.features[0]!.numEmbeddings).toBe(7);
    expect(dataset.report.tables[0]).toMatchObject({
      distinct: 5,
      outOfVocabulary: { train: 0, heldOut: 0 },
    });
  });

  test('minCount and maxSize hold for new values alone; dense columns keep their statistics', async () => {
    const before = await learnt(csv(['a', 'b', 'b', 'c']));
    const ids = { kind: 'vocabulary', minCount: 2, maxSize: 5 };
    const {
      dataset,
      ids: got,
      rows,
    } = await idsOf(csv(['x', 'y', 'x', 'y', 'y', 'z', 'a'], { ids }), before);
    expect(valuesOf(dataset)).toEqual(['b', 'a', 'c', 'y']);
    expect(got).toEqual([0, 4, 0, 4, 4, 0, 2]);
    if (before.format !== 'csv') throw new Error('a csv encoding');
    const { mean, deviation } = before.dense[0]!.statistics!;
    rows.forEach(({ dense }, i) => expect(dense[0]).toBe(Math.fround((i * i - mean) / deviation)));
  });

  test('rows for unseen values stay in front', async () => {
    const ids = { kind: 'vocabulary', unseen: 'hash', unseenRows: 3 };
    const before = await learnt(csv(['a', 'b', 'b'], { ids }));
    const { ids: got } = await idsOf(csv(['x', 'a', 'x', 'b'], { ids }), before);
    expect(got).toEqual([5, 4, 5, 3]);
  });

  test('the same data again, with what came of it, changes nothing', async () => {
    const before = await learnt(csv(['a', 'b', 'b']));
    const config = csv(['x', 'a', 'x', 'b']);
    const after = await learnt(config, before);
    expect(await learnt(config, after)).toEqual(after);
  });
});

describe('criteo', () => {
  test('known values and the empty cell keep their rows, new ones come after them', async () => {
    const before = await learnt(criteo([hex(7), hex(7), '', hex(9)]));
    const { ids } = await idsOf(criteo([hex(1), hex(9), hex(2), hex(2), '', hex(7)]), before);
    expect(ids).toEqual([5, 3, 4, 4, 2, 1]);
  });

  test('an empty cell that is new gets a row of its own', async () => {
    const before = await learnt(criteo([hex(7), hex(7), hex(9)]));
    const { dataset, ids } = await idsOf(criteo(['', '', hex(1), hex(9)]), before);
    expect(ids).toEqual([3, 3, 4, 2]);
    expect(dataset.encoding!.tables[0]).toMatchObject({ emptyRow: 3 });
    expect(await learnt(criteo(['', hex(7)]), await saved(dataset.encoding))).toEqual({
      ...dataset.encoding,
      baseRate: 0.5,
    });
  });
});

test('an encoding of other columns is refused', async () => {
  const before = await learnt(csv(['a', 'b']));
  const { code } = await refusal(openDataset(criteo([hex(1), hex(2)]), { seed: 1, extending: before }));
  expect(code).toBe('data/encoding-mismatch');
  const synthetic: DataConfig = { format: 'synthetic', rows: { train: 9, test: 9 }, cardinalities: [9] };
  expect((await refusal(openDataset(synthetic, { seed: 1, extending: before }))).code).toBe(
    'data/encoding-mismatch',
  );
});
