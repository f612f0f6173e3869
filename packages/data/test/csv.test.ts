import { murmur3 } from '@ttrec/data/encoding';
import { describe, expect, test } from 'vitest';
import { batchesOf, readRows, refusal, rowsOf } from './batches.ts';
import { denseOf, openCsv as open } from './csv-dataset.ts';
import { fileOf, gzipped } from './files.ts';

const firstIds = async (dataset: Awaited<ReturnType<typeof open>>, feature = 0) =>
  (await readRows(dataset)).map((row) => row.ids[feature]!);
describe('reading', () => {
  test('quotes, CRLF, a byte order mark, blank lines, another delimiter, gzip', async () => {
    const text = '\ufeffc;y\r\n"a;b";1\r\n\r\n"say ""hi""";0\r\n"a;b";0';
    for (const content of [text, gzipped(text)]) {
      const dataset = await open(content, { delimiter: ';' });
      const rows = await readRows(dataset);
      expect(rows.map((row) => [row.label, row.ids[0]![0]])).toEqual([
        [1, 1],
        [0, 2],
        [0, 1],
      ]);
    }
  });

  test.each([
    { name: 'equals', label: { column: 'v', equals: '4.0' }, labels: [0, 1, 0] },
    { name: 'oneOf', label: { column: 'v', oneOf: ['4.0', '5'] }, labels: [0, 1, 1] },
    { name: 'atLeast', label: { column: 'v', atLeast: 4 }, labels: [0, 1, 1] },
  ])('label $name', async ({ label, labels }) => {
    const dataset = await open('c,v\na,3.5\na,4.0\na,5', { label });
    expect((await readRows(dataset)).map((row) => row.label)).toEqual(labels);
    expect(dataset.positives.train).toBe(labels.reduce((sum, x) => sum + x));
    expect(dataset.baseRate).toBeCloseTo(dataset.positives.train! / 3, 12);
  });
});

describe('dense columns', () => {
  test('log1p holds negatives at 0; a missing cell takes its value after the transform', async () => {
    const dense = [{ column: 'x', transform: 'log1p' as const, missing: -1 }, { column: 'z' }];
    const dataset = await open('x,z,c,y\n-3,-3,a,0\n,,a,0\n 7 ,1e3,a,1', { dense });
    expect(await denseOf(dataset)).toEqual([
      [0, -3],
      [-1, 0],
      [Math.fround(Math.log(8)), 1000],
    ]);
    expect(dataset.schema.dense).toEqual(['x', 'z']);
    expect(dataset.report.missing).toEqual({ x: 1, z: 1 });
  });

  test('standardise uses training rows that have a value', async () => {
    const text = 'x,c,y\n1,a,0\n,a,0\n3,a,0\n5,a,1\n1000,a,1';
    const dataset = await open(text, {
      dense: [{ column: 'x', transform: 'standardise' }],
      split: { by: 'last', test: 0.2 },
    });
    const spread = Math.sqrt(8 / 3);
    expect(await denseOf(dataset)).toEqual([[Math.fround(-2 / spread)], [0], [0], [Math.fround(2 / spread)]]);
    const held = rowsOf(await batchesOf(dataset, { split: 'test', batchSize: 1 }));
    expect(held[0]!.dense).toEqual([Math.fround(997 / spread)]);
  });

  test('a column without spread is only centred', async () => {
    const dataset = await open('x,c,y\n4,a,0\n4,a,1', { dense: [{ column: 'x', transform: 'standardise' }] });
    expect(await denseOf(dataset)).toEqual([[0], [0]]);
  });
});

describe('categorical columns', () => {
  test('ids go by frequency over all features of a table, ties by first appearance', async () => {
    const features = [
      { column: 'home', table: 'team' },
      { column: 'away', table: 'team' },
    ];
    const dataset = await open('home,away,y\nx,z,0\nz,w,1\nx,z,0', { features });
    // z three times, x twice, w once.
    expect(await firstIds(dataset, 0)).toEqual([[2], [1], [2]]);
    expect(await firstIds(dataset, 1)).toEqual([[1], [3], [1]]);
    expect(dataset.schema.features).toEqual([
      { name: 'home', table: 'team', numEmbeddings: 4, multiValued: false },
      { name: 'away', table: 'team', numEmbeddings: 4, multiValued: false },
    ]);
    expect(dataset.report.tables).toHaveLength(1);
  });

  test('values of held-out rows alone are out of vocabulary', async () => {
    const dataset = await open('c,y\na,0\nb,1\nb,1\nz,0', { split: { by: 'last', test: 0.25 } });
    expect(await firstIds(dataset)).toEqual([[2], [1], [1]]);
    expect(rowsOf(await batchesOf(dataset, { split: 'test', batchSize: 9 }))[0]!.ids).toEqual([[0]]);
    expect(dataset.report.tables[0]).toMatchObject({
      distinct: 2,
      numEmbeddings: 3,
      outOfVocabulary: { train: 0, heldOut: 1 },
    });
  });

  test('an empty cell is a value of a vocabulary, and row 0 of a hashed table', async () => {
    const text = 'c,y\n,0\n,1\na,0';
    expect(await firstIds(await open(text))).toEqual([[1], [1], [2]]);
    const hashed = await open(text, { ids: { kind: 'hash', buckets: 1000 } });
    expect(await firstIds(hashed)).toEqual([[0], [0], [1 + (murmur3('a') % 999)]]);
    expect(hashed.report.missing).toEqual({ c: 2 });
  });

  test('a separator makes bags: in the order of the cell, empty where it is', async () => {
    const features = [{ column: 'g', separator: '|', name: 'genres' }];
    const dataset = await open('g,y\na|b,0\n,1\nb,0\na|b,1\nb|c|b,1', { features });
    // b five times, a twice, c once.
    expect(await firstIds(dataset)).toEqual([[2, 1], [], [1], [2, 1], [1, 3, 1]]);
    expect(dataset.schema.features[0]).toEqual({
      name: 'genres',
      table: 'genres',
      numEmbeddings: 4,
      multiValued: true,
    });
    expect(dataset.report.missing).toEqual({ genres: 1 });
  });

  test('a feature may have ids of its own', async () => {
    const features = [{ column: 'c', ids: { kind: 'vocabulary', minCount: 2 } as const }, { column: 'd' }];
    const dataset = await open('c,d,y\na,p,0\na,q,1\nb,q,0', { features, ids: { kind: 'hash', buckets: 9 } });
    expect(dataset.schema.features.map(({ numEmbeddings }) => numEmbeddings)).toEqual([2, 9]);
  });
});

describe('distinct', () => {
  test('one row per tuple, where it first appears, positive if any of its rows is', async () => {
    const text = 'u,c,y,x\n1,a,0,10\n1,b,0,20\n1,a,1,30\n2,a,1,40\n1,b,0,50\n2,a,0,60';
    const dataset = await open(text, { distinct: ['u', 'c'], dense: [{ column: 'x' }] });
    expect((await readRows(dataset)).map((row) => [row.label, row.dense[0]])).toEqual([
      [1, 10],
      [0, 20],
      [1, 40],
    ]);
    expect(dataset.rows.train).toBe(3);
    expect(dataset.report.rowsRead).toBe(6);
  });

  test('tuples are told apart whatever characters they hold', async () => {
    const dataset = await open('u,c,y\n"a,""",b,0\na,""",b",1', { distinct: ['u', 'c'] });
    expect(dataset.rows.train).toBe(2);
  });
});

describe('versus', () => {
  const label = { versus: { winner: 'w_', loser: 'l_', id: 'id' } } as const;
  const config = {
    label,
    dense: [{ column: 'a_age' }, { column: 'b_age' }],
    features: [
      { column: 'a_id', table: 'player' },
      { column: 'b_id', table: 'player' },
    ],
  };
  const text = 'w_id,w_age,l_id,l_age\n9,90,10,100\n10,101,9,91\n10,102,2,20';

  test('A is the lower id by number, and the label is whether A won', async () => {
    const dataset = await open(text, config);
    expect((await readRows(dataset)).map((row) => [row.label, ...row.dense])).toEqual([
      [1, 90, 100],
      [0, 91, 101],
      [0, 20, 102],
    ]);
  });

  test('exchanging winner and loser changes the label and nothing else: nothing else tells who won', async () => {
    const exchanged = text.replace(/^(\d+),(\d+),(\d+),(\d+)$/gm, '$3,$4,$1,$2');
    const rows = await readRows(await open(text, config));
    const others = await readRows(await open(exchanged, config));
    expect(others).toEqual(rows.map((row) => ({ ...row, label: 1 - row.label })));
  });

  test('ids that are no numbers go by character', async () => {
    const dataset = await open('w_id,w_age,l_id,l_age\nb,1,a,2\na,1,b,2', config);
    expect((await readRows(dataset))[0]).toMatchObject({ label: 0, dense: [2, 1] });
  });

  test('the columns of winner and loser are out of reach', async () => {
    const { code, message } = await refusal(open(text, { ...config, dense: [{ column: 'w_age' }] }));
    expect(code).toBe('data/unknown-column');
    expect(message).toContain('got w_age. Did you mean "a_age"?');
  });

  test('a contest of one with oneself is a bad line', async () => {
    const { code, message } = await refusal(open(`${text}\n7,1,7,2`, config));
    expect(code).toBe('data/malformed-line');
    expect(message).toContain('line 5, column 1 (w_id): winner and loser must be two');
  });
});

describe('join', () => {
  const side = fileOf('id,title,tags\r\n1,"One, first",a|b\r\n2,Two,\r\n');
  const join = [{ path: side, on: 'c', key: 'id', columns: ['tags'] }];
  const features = [{ column: 'c' }, { column: 'tags', separator: '|' }];

  test('takes columns of the partner; without one they are empty, and counted', async () => {
    const dataset = await open('c,y\n2,0\n1,1\n3,0\n1,0', { join, features });
    expect(await firstIds(dataset, 1)).toEqual([[], [1, 2], [], [1, 2]]);
    expect(dataset.report.unmatched).toEqual({ [side]: 1 });
  });

  test('a key that comes twice is a bad line of its file', async () => {
    const path = fileOf('id,tags\n1,a\n1,b');
    const { code, message } = await refusal(open('c,y\n1,0', { join: [{ ...join[0]!, path }], features }));
    expect(code).toBe('data/malformed-line');
    expect(message).toContain(`${path}, line 3, column 1 (id): a key must come once, got "1"`);
  });

  test('a joined column must not hide one of the file', async () => {
    const { code, message } = await refusal(open('c,tags,y\n1,x,0', { join, features }));
    expect(code).toBe('data/duplicate-column');
    expect(message).toContain('got tags');
  });

  test('a column that the other file lacks', async () => {
    const { code, message } = await refusal(open('c,y\n1,0', { join: [{ ...join[0]!, columns: ['tag'] }] }));
    expect(code).toBe('data/unknown-column');
    expect(message).toContain(`${side}, column: must be one of those there, got tag. Did you mean "tags"?`);
  });
});
