import { openDataset, type DataConfig, type Dataset } from '@ttrec/data';
import { createEncoder, encodingDigest, type RawRow } from '@ttrec/data/encoding';
import { describe, expect, test } from 'vitest';
import { timeIn } from '../src/cells/time.ts';
import { batchesOf, readRows, refusal } from './batches.ts';
import { saved, valuesOf } from './encodings.ts';
import { fileOf } from './files.ts';

/** Opens rows of a CSV text; `y` is the label, and by default `c` a feature. */
const open = (content: string, more: object = {}) =>
  openDataset(
    {
      format: 'csv',
      path: fileOf(content, 'csv'),
      label: { column: 'y', equals: '1' },
      features: [{ column: 'c' }],
      split: { by: 'last', test: 0 },
      ...more,
    } as unknown as DataConfig,
    { seed: 7 },
  );

/** Rows that an encoder from a file makes of the raw cells have the numbers and ids of training. */
async function servesAsTrained(dataset: Dataset, rows: readonly RawRow[]): Promise<void> {
  const encoded = createEncoder(await saved(dataset.encoding)).encode(rows);
  const [batch] = await batchesOf(dataset, { split: 'train', batchSize: 1000, shuffle: false });
  expect(encoded.dense).toEqual(batch!.dense);
  expect(encoded.features).toEqual(batch!.features);
}

const parse = (content: string): RawRow[] => {
  const [header, ...lines] = content
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return lines.map((cells) => Object.fromEntries(header!.map((name, c) => [name, cells[c]!])));
};

const denseOf = async (dataset: Dataset) => (await readRows(dataset)).map(({ dense }) => dense);
const idsOf = async (dataset: Dataset) => (await readRows(dataset)).map(({ ids }) => ids);

describe('times', () => {
  test.each([
    ['2024-05-06', '2024-05-06T00:00:00Z'],
    ['2024/5/6', '2024-05-06T00:00:00Z'],
    ['20240506', '2024-05-06T00:00:00Z'],
    ['2024-05-06 07:08', '2024-05-06T07:08:00Z'],
    ['2024-05-06T07:08:09.25Z', '2024-05-06T07:08:09.250Z'],
    ['2024-05-06 07:08:09+02:00', '2024-05-06T05:08:09Z'],
    ['2024-05-06T07:08:09-0530', '2024-05-06T12:38:09Z'],
    ['1714979289', '2024-05-06T07:08:09Z'],
    ['1714979289000', '2024-05-06T07:08:09Z'],
    ['1714979289000000', '2024-05-06T07:08:09Z'],
    ['-1', '1969-12-31T23:59:59Z'],
  ])('%s', (text, same) => {
    expect(timeIn(text)).toBe(Date.parse(same));
  });

  test.each([
    '',
    'yesterday',
    '2024-02-30',
    '2024-13-01',
    '06/05/2024',
    '2024-05-06T25:00',
    '20241301'.slice(0, 4) + '-',
  ])('%j is none', (text) => {
    expect(timeIn(text)).toBeUndefined();
  });

  test('a dense column takes days, age, hour or weekday, and a feature the part as its value', async () => {
    const text = 'y,c,t\n1,a,2024-05-06T12:00:00Z\n0,a,2024-05-05\n1,b,\n0,b,1714996800\n';
    const dataset = await open(text, {
      dense: [
        { column: 't', time: 'days', name: 'day', missing: -1 },
        { column: 't', time: 'age', clip: [0, 1] },
        { column: 't', time: 'hour', name: 'hour', flagMissing: true },
      ],
      features: [
        { column: 't', time: 'weekday', name: 'weekday' },
        { column: 't', time: 'hour' },
      ],
    });
    expect(dataset.schema.dense).toEqual(['day', 't', 'hour', 't_missing']);
    expect(await denseOf(dataset)).toEqual([
      [19849.5, 0, 12, 0],
      [19848, 1, 0, 0],
      [-1, 0, 0, 1],
      [19849.5, 0, 12, 0],
    ]);
    expect(valuesOf(dataset)).toEqual(['1', '0', '']);
    await servesAsTrained(dataset, parse(text));
    const bad = await refusal(
      open(text.replace('2024-05-05', 'soon'), { dense: [{ column: 't', time: 'days' }] }),
    );
    expect(bad.message).toContain('line 3, column 3 (t): must be a time, such as 2024-05-06');
  });

  test('rows are split by a time, whatever its form', async () => {
    const text = 'y,c,t\n1,a,2024-01-01\n0,a,2024-01-02 05:00\n1,b,1704240000\n0,b,2024-01-04\n';
    const split = { by: 'column', column: 't', validationFrom: '2024-01-03', testFrom: '2024-01-03T12:00' };
    const dataset = await open(text, { split });
    expect(dataset.rows).toEqual({ train: 2, validation: 1, test: 1 });
    const shares = await open(text.replace('1704240000', '2024-01-03'), {
      split: { by: 'column', column: 't', test: 0.25 },
    });
    expect(shares.rows).toEqual({ train: 3, validation: 0, test: 1 });
  });
});

describe('dense columns', () => {
  const text = `y,c,x\n${[5, 1, '', 3, 2, 4].map((x, i) => `${i % 2},a,${x}`).join('\n')}\n`;

  test('quantile: the share of buckets below; learnt from training rows', async () => {
    const dataset = await open(text, {
      dense: [{ column: 'x', transform: 'quantile', buckets: 5, missing: 0.5, flagMissing: true }],
    });
    expect(await denseOf(dataset)).toEqual([
      [1, 0],
      [0, 0],
      [0.5, 1],
      [0.5, 0],
      [0.25, 0],
      [0.75, 0],
    ]);
    await servesAsTrained(dataset, parse(text));
  });

  test('clip goes before the transform, and its statistics', async () => {
    const dataset = await open(text, { dense: [{ column: 'x', clip: [2, 4], transform: 'standardise' }] });
    const values = [4, 2, 3, 2, 4];
    const mean = 3;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 5);
    expect(dataset.encoding).toMatchObject({ dense: [{ statistics: { mean, deviation } }] });
    await servesAsTrained(dataset, parse(text));
  });
});

describe('features', () => {
  test('quantiles, a pair, and rows as ids', async () => {
    const text = 'y,c,x,row\n1,a,1,3\n0,b,2,0\n1,,3,1\n0,b,,2\n1,a,9,3\n';
    const dataset = await open(text, {
      features: [
        { column: 'x', quantiles: 2 },
        { column: 'c', cross: 'row' },
        { column: 'row', ids: { kind: 'row', rows: 4 } },
      ],
    });
    expect(dataset.schema.features.map(({ name, numEmbeddings }) => [name, numEmbeddings])).toEqual([
      ['x', 4],
      ['c × row', 5],
      ['row', 4],
    ]);
    expect(valuesOf(dataset)).toEqual(['0', '1', '']);
    expect((await idsOf(dataset)).map((ids) => ids[2])).toEqual([[3], [0], [1], [2], [3]]);
    await servesAsTrained(dataset, parse(text));
    for (const row of ['4', '-1', '1.0', '']) {
      const bad = await refusal(
        open(`y,row\n1,${row}\n`, { features: [{ column: 'row', ids: { kind: 'row', rows: 4 } }] }),
      );
      expect(bad.message).toMatch(/line 2, column 2 \(row\): must be the number of a row, from 0 to 3, got /);
    }
    expect(() => createEncoder(dataset.encoding!).encode([{ x: 1, c: 'a', row: 4 }])).toThrow(
      /row 0, column row: must be the number of a row/,
    );
  });

  test('weights of the ids of a bag', async () => {
    const text = 'y,tags,w\n1,a|b,0.5|2\n0,,\n1,b,-1\n0,a|b,1|1\n';
    const dataset = await open(text, { features: [{ column: 'tags', separator: '|', weights: 'w' }] });
    const [batch] = await batchesOf(dataset, { split: 'train', batchSize: 9, shuffle: false });
    expect([...batch!.features[0]!.perSampleWeights!]).toEqual([0.5, 2, -1, 1, 1]);
    await servesAsTrained(dataset, parse(text));
    const bad = await refusal(
      open(`${text}1,a|b,1\n`, { features: [{ column: 'tags', separator: '|', weights: 'w' }] }),
    );
    expect(bad.message).toMatch(/line 6, column 3 \(w\): must have a weight for each of 2 ids, got "?1/);
  });

  test('all columns but some', async () => {
    const text = 'y,c,x,d,id\n1,a,1,p,1\n0,b,2,q,2\n';
    const dataset = await open(text, { features: { allBut: ['id'] }, dense: [{ column: 'x' }] });
    expect(dataset.schema.features.map(({ name }) => name)).toEqual(['c', 'd']);
    const extended = await openDataset(
      {
        format: 'csv',
        path: fileOf(text, 'csv'),
        label: { column: 'y', equals: '1' },
        dense: [{ column: 'x' }],
        features: { allBut: ['id'] },
        split: { by: 'last', test: 0 },
      },
      { seed: 7, extending: dataset.encoding! },
    );
    expect(encodingDigest(extended.encoding!)).toBe(encodingDigest(dataset.encoding!));
    expect((await refusal(open(text, { features: { allBut: ['ids'] } }))).message).toContain(
      'Did you mean "id"?',
    );
    expect((await refusal(open('y,c\n1,a\n', { features: { allBut: ['c'] } }))).message).toContain(
      'must leave a column',
    );
  });
});

describe('rows', () => {
  const text = 'y,c,w,g,price\n1,a,1,u1,5\n0,NA,0.5,u2,null\n1,b,2,u1,-\n0,a,0,u3,7\n';

  test('weights and groups are in the batches', async () => {
    const dataset = await open(text, { weight: 'w', group: 'g' });
    const [batch] = await batchesOf(dataset, { split: 'train', batchSize: 9, shuffle: false });
    expect([...batch!.weights!]).toEqual([1, 0.5, 2, 0]);
    expect([...batch!.groups!]).toEqual([0, 1, 0, 2]);
    const other = await open(text.replace('0.5', '0.25'), { weight: 'w', group: 'g' });
    expect(other.digest).not.toBe(dataset.digest);
    expect((await refusal(open(text, { weight: 'price' }))).message).toContain('must be a decimal number');
    expect((await refusal(open(text.replace('0.5', '-1'), { weight: 'w' }))).message).toContain(
      'a weight must be a number of at least 0, got "-1"',
    );
  });

  test('values that stand for missing ones', async () => {
    const dataset = await open(text, {
      naValues: ['NA', 'null', '-'],
      dense: [{ column: 'price', missing: -1 }],
    });
    expect(await denseOf(dataset)).toEqual([[5], [-1], [-1], [7]]);
    expect(valuesOf(dataset)).toEqual(['a', '', 'b']);
    expect(dataset.report.missing).toEqual({ c: 1, price: 2 });
    await servesAsTrained(dataset, parse(text));
  });

  test('a bad cell: its row is bad, it is missing, or reading ends', async () => {
    const dense = [{ column: 'price', missing: -1 }];
    const skipped = await open(text, { dense, onBadLine: 'skip' });
    expect(skipped.rows.train).toBe(2);
    const missing = await open(text, { dense, onBadCell: 'missing' });
    expect(await denseOf(missing)).toEqual([[5], [-1], [-1], [7]]);
    expect(missing.report).toMatchObject({ badCells: { price: 2 }, badLines: { count: 0 } });
    const { message } = await refusal(open(text, { dense, onBadLine: 'skip', onBadCell: 'fail' }));
    expect(message).toContain('line 3, column 5 (price): must be a decimal number or empty, got "null"');
    // A label that is missing is a bad line, whatever becomes of cells.
    expect((await refusal(open('y,c\n,a\n', { onBadCell: 'missing' }))).message).toContain(
      'a label must not be empty',
    );
  });

  test('conditions leave rows out', async () => {
    const where = [
      { column: 'c', noneOf: ['NA'] },
      { column: 'w', below: 2 },
    ];
    const dataset = await open(text, { where });
    expect((await readRows(dataset)).map(({ label }) => label)).toEqual([1, 0]);
    expect(dataset.report).toMatchObject({ filtered: 2, rowsRead: 2 });
    const times = await open('y,c,t\n1,a,2024-01-01\n0,a,\n0,a,2024-02-01\n1,a,1706832000\n', {
      where: [{ column: 't', atLeast: '2024-01-15' }],
    });
    expect(times.report).toMatchObject({ filtered: 2, rowsRead: 2 });
    const one = await open(text, { where: [{ column: 'g', oneOf: ['u1', 'u2'] }] });
    expect(one.report).toMatchObject({ filtered: 1 });
  });

  test('the split has a seed of its own', async () => {
    const rows = `y,c\n${Array.from({ length: 200 }, (_, i) => `${i % 2},v${i}`).join('\n')}\n`;
    const testRows = async (seed: number, own?: number) => {
      const path = fileOf(rows, 'csv');
      const dataset = await openDataset(
        {
          format: 'csv',
          path,
          label: { column: 'y', equals: '1' },
          features: [{ column: 'c', ids: { kind: 'hash', buckets: 10_000 } }],
          split: { by: 'random', test: 0.3, ...(own !== undefined && { seed: own }) },
        },
        { seed },
      );
      return (await readRows(dataset, 'test')).map(({ ids }) => ids[0]![0]);
    };
    expect(await testRows(1, 5)).toEqual(await testRows(2, 5));
    expect(await testRows(1)).not.toEqual(await testRows(2));
    expect(await testRows(5)).toEqual(await testRows(1, 5));
  });
});

test.each<[object, string]>([
  [{ dense: [{ column: 'x', buckets: 3 }] }, 'must be given with transform: "quantile"'],
  [{ dense: [{ column: 'x', clip: [2, 1] }] }, 'must be the least and the most value'],
  [
    { features: [{ column: 'x', separator: '|', time: 'hour' }] },
    'must have one of "separator", "time", "quantiles" and "cross"',
  ],
  [{ features: [{ column: 'x', weights: 'w' }] }, 'must go with "separator"'],
  [{ where: [{ column: 'x' }] }, 'must have "oneOf", "noneOf", "atLeast" or "below"'],
  [{ where: [{ column: 'x', below: 'soon' }] }, 'must be a time'],
  [{ split: { by: 'last', test: 0.1, seed: 3 } }, 'must go with by: "random"'],
  [
    { split: { by: 'column', column: 'x', testFrom: '2024-01-02', validationFrom: '2024-01-03' } },
    'validationFrom must be below testFrom',
  ],
  [{ features: [{ column: 'c', cross: 'y' }] }, "must be neither the label's column, y, nor joined by it"],
])('%j is refused', async (more, words) => {
  expect((await refusal(open('y,c,x,w\n1,a,1,1\n', more))).message).toContain(words);
});
