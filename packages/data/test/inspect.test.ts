import { gzipSync } from 'node:zlib';
import { openDataset, type DataConfig } from '@ttrec/data';
import { inspect } from '@ttrec/data/inspect';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { lineOf } from './criteo-lines.ts';
import { refusal } from './batches.ts';
import { fileOf, needsSharedData, sharedData } from './files.ts';

const rows = 400;
const word = (i: number, count: number) => `v${Math.imul(i + 1, 2654435761) >>> (8 % count)}`.slice(0, 3);

/** Columns of many kinds; the label depends on none. */
const columns: Record<string, (i: number) => string | number> = {
  clicked: (i) => (Math.imul(i, 40503) >>> 4) & 1,
  user_id: (i) => `u${i % 37}`,
  itemId: (i) => 1000 + (i % 53),
  price: (i) => (i % 9 === 0 ? 'N/A' : ((i * 7919) % 1000) / 4),
  views: (i) => (i % 10 === 0 ? 100_000 + i : i % 97),
  hour: (i) => i % 24,
  tags: (i) => [`a${i % 3}`, `b${i % 4}`, 'c'].slice(0, 1 + (i % 3)).join('|'),
  created_at: (i) => `2024-01-${String(1 + (i % 28)).padStart(2, '0')}T10:00:00Z`,
  constant: () => 'x',
  request: (i) => `r${i}-${(i * 7919) % 104_729}`,
  outcome_code: (i) => (((Math.imul(i, 40503) >>> 4) & 1) === 1 ? `yes${i % 2}` : `no${i % 2}`),
  fold: (i) => ['train', 'test'][i % 2]!,
  note: () => '',
  word: (i) => word(i, 7),
};
const names = Object.keys(columns);
const valueAt = (name: string, i: number) => columns[name]!(i);
const csv = (delimiter = ',') =>
  [names, ...Array.from({ length: rows }, (_, i) => names.map((name) => valueAt(name, i)))]
    .map((cells) => cells.join(delimiter))
    .join('\n');

const roles = {
  clicked: 'label',
  user_id: 'feature',
  itemId: 'feature',
  price: 'dense',
  views: 'dense',
  hour: 'feature',
  tags: 'feature',
  created_at: 'time',
  constant: 'skip',
  request: 'skip',
  outcome_code: 'skip',
  fold: 'skip',
  note: 'skip',
  word: 'feature',
};

const files = {
  'a comma': () => fileOf(csv(), 'csv'),
  'semicolons, packed': () => fileOf(gzipSync(csv(';')), 'csv'),
  tabs: () => fileOf(csv('\t'), 'tsv'),
  'JSON lines': () =>
    fileOf(
      Array.from({ length: rows }, (_, i) =>
        JSON.stringify(Object.fromEntries(names.map((name) => [name, valueAt(name, i)]))),
      ).join('\n'),
      'jsonl',
    ),
  Parquet: () =>
    fileOf(
      new Uint8Array(
        parquetWriteBuffer({
          columnData: names.map((name) => ({
            name,
            data: Array.from({ length: rows }, (_, i) => String(valueAt(name, i))),
            type: 'STRING' as const,
          })),
        }),
      ),
      'parquet',
    ),
};

describe('a file is recognised, its columns get roles, and the config that is proposed opens:', () => {
  test.each(Object.entries(files))('%s', async (_, write) => {
    const path = write();
    const inspection = await inspect(path);
    expect(Object.fromEntries(inspection.columns.map(({ name, role }) => [name, role]))).toEqual(roles);
    expect(inspection.rows).toBe(rows);
    expect(inspection.warnings).toEqual([
      'constant: constant: every row has the same value; left out',
      'request: nearly unique: 400 values in 400 rows; left out',
      'outcome_code: gives the label away; left out',
      'fold: names the part of the data that a row is in, not what it is; left out',
      'note: no row has a value; left out',
    ]);
    expect(inspection.config).toMatchObject({
      path,
      label: { column: 'clicked', equals: '1' },
      naValues: ['N/A'],
      dense: [
        { column: 'price', transform: 'standardise', flagMissing: true },
        { column: 'views', transform: 'log1p' },
      ],
      features: [
        { column: 'user_id' },
        { column: 'itemId' },
        { column: 'hour' },
        { column: 'tags', separator: '|' },
        { column: 'word' },
      ],
      ids: { kind: 'vocabulary', minCount: 1 },
      split: { by: 'column', column: 'created_at' },
    });
    const dataset = await openDataset(inspection.config!);
    expect(dataset.rows.train + dataset.rows.validation + dataset.rows.test).toBe(rows);
    const places = inspection.choices.map(({ at }) => at.split('.')[0]);
    for (const key of ['label', 'naValues', 'dense', 'features', 'split', 'ids'])
      expect(places).toContain(key);
  });

  test('what each column holds', async () => {
    const { columns: found } = await inspect(files['a comma']());
    const about = Object.fromEntries(found.map(({ name, ...rest }) => [name, rest]));
    expect(about.price).toMatchObject({ type: 'number', missing: Math.ceil(rows / 9) });
    expect(about.itemId).toMatchObject({ type: 'integer', distinct: 53, missing: 0 });
    expect(about.created_at).toMatchObject({ type: 'time', distinct: 28 });
    expect(about.note).toMatchObject({ type: 'empty', missing: rows });
    expect(about.constant!.examples).toEqual(['x']);
  });

  test('a Criteo log', async () => {
    const path = fileOf([lineOf(), lineOf({ 0: '1' }), lineOf()].join('\n'), 'txt');
    expect((await inspect(path)).config).toMatchObject({ format: 'criteo', path });
  });

  test('lists of JSON are bags', async () => {
    const text = Array.from(
      { length: 300 },
      (_, i) => `{"click":${i % 2},"tags":["a","b${i % 5}"],"u":"u${i % 9}"}`,
    ).join('\n');
    expect((await inspect(fileOf(text, 'jsonl'))).config).toMatchObject({
      features: [{ column: 'tags', separator: '|' }, { column: 'u' }],
    });
  });
});

describe('the label:', () => {
  const text = (header: string, row: (i: number) => string) =>
    fileOf(`${header}\n${Array.from({ length: 100 }, (_, i) => row(i)).join('\n')}`, 'csv');

  test('a rating is positive from the value that parts the rows most evenly', async () => {
    const { config } = await inspect(text('user,rating', (i) => `u${i % 7},${1 + (i % 5)}`));
    expect(config).toMatchObject({ label: { column: 'rating', atLeast: 4 } });
  });

  test('winner and loser are a contest', async () => {
    const path = text(
      'winner_id,loser_id,winner_age,loser_age,surface',
      (i) => `p${i % 9},p${(i + 1) % 9},${20 + (i % 70) / 7},${30 - (i % 50) / 7},s${i % 3}`,
    );
    const { config } = await inspect(path);
    expect(config).toMatchObject({
      label: { versus: { winner: 'winner_', loser: 'loser_', id: 'id' } },
      features: [
        { column: 'a_id', table: 'player' },
        { column: 'b_id', table: 'player' },
        { column: 'surface' },
      ],
      dense: [{ column: 'a_age' }, { column: 'b_age' }],
    });
    await openDataset(config!);
  });

  test('two columns that may be it are asked about, and one is named', async () => {
    const path = text('user,gender,vip', (i) => `u${i % 7},${'mf'[i % 2]},${'yn'[i % 3 === 0 ? 0 : 1]}`);
    expect(await inspect(path)).toMatchObject({ config: undefined, candidates: ['gender', 'vip'] });
    const { config } = await inspect(path, { label: 'vip' });
    expect(config).toMatchObject({
      ids: { kind: 'vocabulary', minCount: 2 },
      split: { by: 'random' },
      label: { column: 'vip', equals: 'y' },
      features: [{ column: 'user' }, { column: 'gender' }],
    });
    expect((await refusal(inspect(path, { label: 'vpi' }))).message).toContain(
      'got vpi. It has user, gender, vip.',
    );
    const { code, message } = await refusal(inspect(path, { label: 'user' }));
    expect(code).toBe('data/bad-label');
    expect(message).toContain(
      'column user: a label must have two values, or at most 100 numbers, got 7 texts',
    );
  });

  test('rows are split by a year if they are in its order; otherwise it is a number', async () => {
    const found = async (year: (i: number) => number) =>
      inspect(text('click,user,year', (i) => `${(i * 7) % 2},u${i % 7},${year(i)}`));
    expect((await found((i) => 1900 + (i >> 2))).config).toMatchObject({
      features: [{ column: 'user' }],
      split: { by: 'column', column: 'year' },
      ids: { minCount: 1 },
    });
    expect((await found((i) => 1900 + ((i * 7) % 97))).config).toMatchObject({
      dense: [{ column: 'year' }],
      split: { by: 'random' },
    });
  });

  test('ids that do not come again in later rows are left out', async () => {
    const path = text('click,event,user,time', (i) => `${i % 2},e${i >> 2},u${i % 7},${1.7e9 + i}`);
    expect((await inspect(path)).warnings).toEqual([
      'event: its values do not come again: nearly all of the latest rows have new ones; left out',
    ]);
  });
});

describe.skipIf(sharedData === undefined)(`real data${needsSharedData}`, { timeout: 60_000 }, () => {
  const real = (file: string) => inspect(`${sharedData}/${file}`);

  test('taobao, MovieLens, baby names and tennis have their labels; the books ask', async () => {
    const label = async (file: string) => {
      const { config } = await real(file);
      return (config as Extract<DataConfig, { format: 'csv' }> | undefined)?.label;
    };
    expect(await label('taobao_buy_cart.csv.gz')).toEqual({ column: 'action', equals: 'buy' });
    expect(await label('ml-latest-small-ratings.csv.gz')).toEqual({ column: 'rating', atLeast: 4 });
    expect(await label('us_babynames_1880_2010.csv.gz')).toEqual({ column: 'sex', equals: 'M' });
    expect(await label('amazon_book_kgat.csv.gz')).toBeUndefined();
    expect((await real('taobao_buy_cart.csv.gz')).warnings).toEqual(['part: gives the label away; left out']);
    expect((await real('criteo_kaggle_8k.tsv.gz')).format).toBe('criteo');
  });
});

describe('columns that no role suits as they are written are left out, with what to do:', () => {
  const line = (i: number) => ({
    clicked: i % 3 === 0 ? 1 : 0,
    user: `u${i % 17}`,
    price: `${i % 90},${10 + (i % 80)}`,
    day: `${1 + (i % 12)}/${1 + (i % 28)}/2024 10:00`,
    device: i % 2 === 0 ? { os: 'ios', version: [1, i] } : null,
  });
  const objects = Array.from({ length: 300 }, (_, i) => line(i));

  test('objects, decimal commas, dates of an unknown order', async () => {
    const { columns, warnings, config, badLines } = await inspect(
      fileOf(objects.map((object) => JSON.stringify(object)).join('\n'), 'jsonl'),
    );
    expect(badLines.count).toBe(0);
    expect(Object.fromEntries(columns.map(({ name, role }) => [name, role]))).toEqual({
      ...{ clicked: 'label', user: 'feature', price: 'skip', day: 'skip', device: 'skip' },
    });
    expect(warnings).toEqual([
      'price: numbers with a decimal comma: write them with a point; left out',
      'day: dates whose day and month cannot be told apart: write them as 2024-05-06; left out',
      'device: objects in 150 rows: give their fields columns of their own; left out',
    ]);
    const dataset = await openDataset(config!);
    expect(dataset.report.badLines.count).toBe(0);
    expect(dataset.rows.train + dataset.rows.validation + dataset.rows.test).toBe(300);
  });

  test('columns without a name, and a header that has a name twice', async () => {
    const lines = (header: string) =>
      fileOf([header, ...objects.map(({ clicked, user }, i) => `${i},${user},${clicked}`)].join('\n'), 'csv');
    const { columns, warnings, config } = await inspect(lines(',user,clicked'));
    expect(columns.map(({ role }) => role)).toEqual(['skip', 'feature', 'label']);
    expect(warnings).toEqual([': a column without a name, often the numbers of the rows; left out']);
    expect((await openDataset(config!)).rows.train).toBeGreaterThan(0);
    expect(await refusal(inspect(lines('user,user,clicked')))).toMatchObject({
      code: 'data/duplicate-column',
      message: expect.stringContaining('each column must have a unique name') as string,
    });
  });

  test('lists of more numbers than two, between commas, are values of a bag', async () => {
    const ids = (i: number) => [i % 7, (i * 3) % 7, (i * 5) % 11].slice(0, 1 + (i % 3)).join(',');
    const text = ['y;ids', ...objects.map(({ clicked }, i) => `${clicked};${ids(i)}`)];
    const { columns } = await inspect(fileOf(text.join('\n'), 'csv'), { delimiter: ';' });
    expect(columns[1]).toMatchObject({ name: 'ids', role: 'feature' });
    expect(columns[1]!.why).toContain('several values, separated by ","');
  });
});
