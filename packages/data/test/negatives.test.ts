import { openDataset, type Batch, type DataConfig, type Dataset } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { batchesOf, refusal } from './batches.ts';
import { fileOf, needsSharedData, sharedData } from './files.ts';
import { valuesOf } from './encodings.ts';

const USERS = 60;
const ITEMS = 40;
/** Item 0 is wanted by all, others by every third to seventh user. */
const wants = (user: number, item: number) => item === 0 || (user * 2 + item) % (3 + 2 * (item % 3)) === 0;
const pairs = Array.from(
  { length: USERS * ITEMS },
  (_, i) => [Math.floor(i / ITEMS), i % ITEMS] as const,
).filter(([user, item]) => wants(user, item));
const log = `user,item,age\n${pairs.map(([user, item]) => `u${user},i${item},${20 + user}`).join('\n')}`;
const items = `item,price,kind\n${Array.from({ length: ITEMS }, (_, i) => `i${i},${i * 3},k${i % 4}`).join('\n')}`;

const negatives = { user: 'user', item: 'item', ratio: 3 } as const;
const config = {
  format: 'csv',
  path: fileOf(log, 'csv'),
  join: [{ path: fileOf(items, 'csv'), on: 'item', columns: ['price', 'kind'] }],
  label: { every: 'positive' },
  negatives,
  group: 'user',
  dense: [{ column: 'age' }, { column: 'price' }],
  features: [{ column: 'user' }, { column: 'item' }, { column: 'kind', separator: '|' }],
  split: { by: 'random', validation: 0.1, test: 0.2 },
} satisfies DataConfig;
const splits = ['train', 'validation', 'test'] as const;

interface Row {
  readonly label: number;
  readonly user: string;
  readonly item: string;
  readonly kind: string;
  readonly age: number;
  readonly price: number;
  readonly group: number;
}

/** Rows as they were in the file, by the vocabularies. */
function decoded(dataset: Dataset, batches: readonly Batch[]): Row[] {
  const values = new Map(dataset.encoding!.tables.map(({ table }, at) => [table, valuesOf(dataset, at)]));
  const text = (name: string, batch: Batch, b: number) => {
    const { indices, offsets } = batch.byName[name]!;
    return String(values.get(name)![indices[offsets[b]!]! - 1]);
  };
  return batches.flatMap((batch) =>
    Array.from({ length: batch.size }, (_, b) => ({
      label: batch.labels[b]!,
      user: text('user', batch, b),
      item: text('item', batch, b),
      kind: text('kind', batch, b),
      age: batch.dense[2 * b]!,
      price: batch.dense[2 * b + 1]!,
      group: batch.groups![b]!,
    })),
  );
}

const open = (change: object = {}, seed = 3) => openDataset({ ...config, ...change }, { seed });
const rowsOf = async (dataset: Dataset, split: (typeof splits)[number], epoch = 0) =>
  decoded(dataset, await batchesOf(dataset, { split, batchSize: 50, epoch, shuffle: false }));

describe.each(['uniform', 'popularity'] as const)('%s', (by) => {
  const change = { negatives: { ...negatives, by } };

  test('behind each positive row are its negatives, which the user wants in no split so far', async () => {
    const dataset = await open(change);
    const known = new Set<string>();
    let rows = 0;
    for (const split of splits) {
      const all = await rowsOf(dataset, split);
      expect(all).toHaveLength(dataset.rows[split]);
      expect(dataset.positives[split]! * 4).toBe(all.length);
      rows += all.length;
      for (const { user, item, label } of all) if (label === 1) known.add(`${user} ${item}`);
      all.forEach(({ label, user, item, group }, r) => {
        expect(label).toBe(r % 4 === 0 ? 1 : 0);
        const positive = all[r - (r % 4)]!;
        expect([user, group]).toEqual([positive.user, positive.group]);
        expect(known.has(`${user} ${item}`)).toBe(label === 1);
      });
    }
    expect(rows).toBe(4 * pairs.length);
    expect(dataset.baseRate).toBe(0.25);
  });

  test('a negative has the columns of its item, and those of its user', async () => {
    for (const { user, item, kind, age, price } of await rowsOf(await open(change), 'train')) {
      const number = Number(item.slice(1));
      expect([kind, price, age]).toEqual([`k${number % 4}`, number * 3, 20 + Number(user.slice(1))]);
    }
  });

  test('draws depend on seed and epoch alone, wherever reading begins', async () => {
    const options = { split: 'train', batchSize: 48, epoch: 1 } as const;
    const all = await batchesOf(await open(change), options);
    const again = await open(change);
    expect(await batchesOf(again, { ...options, skipBatches: 5 })).toEqual(all.slice(5));
    const drawn = async (dataset: Dataset, epoch: number) =>
      (await rowsOf(dataset, 'train', epoch)).map(({ item }) => item).join(' ');
    const split = { split: { ...config.split, seed: 3 } };
    const [first, other] = [await open({ ...change, ...split }), await open({ ...change, ...split }, 4)];
    expect(await drawn(first, 1)).not.toBe(await drawn(first, 0));
    expect(await drawn(other, 0)).not.toBe(await drawn(first, 0));
    expect(other.digest).not.toBe(first.digest);
  });
});

test('uniform draws are even over the items that a user does not want, popular ones go by training rows', async () => {
  const wantedBy = (user: number) =>
    new Set(pairs.filter(([other]) => other === user).map(([, item]) => item));
  // All rows of training, so that what a user wants is known.
  const split = { by: 'random', test: 0 };
  for (const by of ['uniform', 'popularity'] as const) {
    const dataset = await open({ split, negatives: { ...negatives, by, ratio: 200 } });
    const counts = new Map<number, number>();
    for (const { user, item, label } of await rowsOf(dataset, 'train')) {
      if (user === 'u5' && label === 0) {
        const number = Number(item.slice(1));
        counts.set(number, (counts.get(number) ?? 0) + 1);
      }
    }
    const own = wantedBy(5);
    const weight = (item: number) =>
      by === 'uniform' ? 1 : pairs.filter(([, other]) => other === item).length;
    const others = Array.from({ length: ITEMS }, (_, item) => item).filter((item) => !own.has(item));
    const total = others.reduce((sum, item) => sum + weight(item), 0);
    const draws = [...counts.values()].reduce((sum, count) => sum + count, 0);
    expect(draws).toBe(200 * own.size);
    const chiSquare = others.reduce((sum, item) => {
      const expected = (draws * weight(item)) / total;
      return sum + ((counts.get(item) ?? 0) - expected) ** 2 / expected;
    }, 0);
    // Its mean is the degrees of freedom, its deviation the root of twice as many: five deviations.
    expect(chiSquare).toBeLessThan(others.length + 5 * Math.sqrt(2 * others.length));
  }
});

test('the one item that a user does not want is found, and a user who wants all is refused', async () => {
  const rows = Array.from({ length: 400 }, (_, item) => `all-but-one,i${item}\nother,i${item % 7}x`);
  const path = fileOf(`user,item\n${rows.slice(1).join('\n')}\nother,i0`, 'csv');
  const plain = { path, join: [], dense: [], group: undefined, distinct: ['user', 'item'] };
  const features = [{ column: 'user' }, { column: 'item' }];
  const where = [{ column: 'item', noneOf: Array.from({ length: 7 }, (_, i) => `i${i}x`) }];
  const dataset = await open({ ...plain, features, where, split: { by: 'random', test: 0 } });
  const values = valuesOf(dataset, 1);
  for (const batch of await batchesOf(dataset, { split: 'train', batchSize: 64 })) {
    batch.labels.forEach((label, b) => {
      const item = values[batch.byName.item!.indices[b]! - 1];
      const user = batch.byName.user!.indices[b]!;
      // The first user by frequency wants 399 items, the other one item.
      if (user === 1) expect(item === 'i0').toBe(label === 0);
    });
  }
  const full = fileOf(`user,item\na,x\na,y\nb,x`, 'csv');
  expect(await refusal(open({ ...plain, features, path: full, split: { by: 'random', test: 0 } }))).toEqual({
    code: 'data/no-negatives',
    message:
      '[data] config.negatives, user "a": must not want every item, got 2 of 2 items. Leave the user out with `where`.',
  });
});

test('rows without a positive label are left out, and the shift is the share of pairs that is drawn', async () => {
  const path = fileOf(`user,item,stars\na,x,5\na,y,1\nb,y,4\nb,z,5\nc,z,2\nc,x,5`, 'csv');
  const dataset = await open({
    ...{ path, join: [], dense: [], features: [{ column: 'user' }, { column: 'item' }] },
    ...{ label: { column: 'stars', atLeast: 4 }, split: { by: 'random', test: 0 } },
    negatives: { ...negatives, ratio: 2 },
  });
  expect(dataset.report).toMatchObject({ rowsRead: 4, filtered: 2 });
  // 8 draws of the 9 - 4 pairs that are no positives.
  const logOddsShift = Math.log(8 / 5);
  expect(dataset.report.negatives).toEqual({ ratio: 2, by: 'uniform', users: 3, items: 3, logOddsShift });
  expect(dataset.encoding).toMatchObject({ logOddsShift });
});

test('a pair counts once in the shift, however many rows it has', async () => {
  const path = fileOf(`user,item\na,x\na,x\na,x\nb,y\nc,z`, 'csv');
  const dataset = await open({
    ...{ path, join: [], dense: [], features: [{ column: 'user' }, { column: 'item' }] },
    ...{ split: { by: 'random', test: 0 }, negatives: { ...negatives, ratio: 2 } },
  });
  // Scores of no signal are log-odds of 1 : 2 among rows, and of 3 : 6 among pairs.
  expect(dataset.encoding).toMatchObject({ logOddsShift: Math.log((2 * 3) / 6) });
});

describe('other data that a model is scored on', () => {
  const features = [{ column: 'user' }, { column: 'item' }];
  const split = { by: 'random' as const, test: 0 };
  const plain = { ...config, join: [], dense: [], features, split };
  const item = (number: number) => `i${String(number).padStart(2, '0')}`;
  // User a wants items 0 to 17 in training, and 18 and 19 later, when all 20 are seen.
  const trained = Array.from({ length: 18 }, (_, i) => `a,${item(i)}`);
  const others = Array.from({ length: 20 }, (_, i) => `b${i},${item(i)}`);
  const file = (rows: readonly string[]) => fileOf(['user,item', ...rows].join('\n'), 'csv');
  const own = { ...plain, path: file([...trained, ...others]) } satisfies DataConfig;
  const later = { ...plain, path: file([`a,${item(18)}`, ...others, 'unknown,i99']) } satisfies DataConfig;
  const drawnFor = async (dataset: Dataset) => {
    const rows = (await batchesOf(dataset, { split: 'test', batchSize: 500, shuffle: false }))[0]!;
    const items = valuesOf(dataset, 1);
    return Array.from(rows.byName.item!.indices.subarray(1, 1 + 3), (id) => items[id - 1]);
  };

  test('draws no positives of the data that is known', async () => {
    const scoring = (await openDataset(own, { seed: 3 })).encoding!;
    const wanted = new Set(trained.map((row) => row.slice(2)));
    const [alone, knowing] = await Promise.all([
      openDataset(later, { seed: 3, scoring }),
      openDataset(later, { seed: 3, scoring, known: own }),
    ]);
    // Item 19, and i99, which training has not seen, are all that is left.
    expect((await drawnFor(knowing)).filter((drawn) => drawn !== undefined && wanted.has(drawn))).toEqual([]);
    expect((await drawnFor(alone)).some((drawn) => drawn !== undefined && wanted.has(drawn))).toBe(true);
    expect(knowing.rows).toEqual(alone.rows);
  });

  test.each<[string, object, string]>([
    ['without scoring', { known: own }, 'known: must go with `scoring`'],
    [
      'without negatives',
      { known: { ...own, negatives: undefined } },
      'must be data of a config with `negatives`',
    ],
    [
      'of no columns',
      { known: { format: 'synthetic', rows: { train: 9, test: 9 }, cardinalities: [3], dense: 1 } },
      'must be data of named columns in a file or a query, got synthetic',
    ],
  ])('known data %s is refused', async (name, options, words) => {
    const scoring = (await openDataset(own, { seed: 3 })).encoding!;
    const refused = await refusal(
      openDataset(later, { ...(name !== 'without scoring' && { scoring }), ...options }),
    );
    expect(refused.code).toBe('data/bad-options');
    expect(refused.message).toContain(words);
  });
});

test.each([
  [
    'a pair of a column of the item and another',
    { features: [{ column: 'user', cross: 'kind' }, { column: 'item' }] },
    '[data] config.features.0: must not combine a column of the item with another column, got user and kind. A drawn item has values in its own columns only: see `negatives.columns`.',
  ],
  [
    'the user as a column of the item',
    { negatives: { ...negatives, columns: ['user'] } },
    '[data] config.negatives.user: must be no column of the item',
  ],
  [
    'rows that are all positive, without negatives',
    { negatives: undefined },
    'must make some training rows positive and others not',
  ],
])('%s is refused', async (_, change, message) => {
  expect((await refusal(open(change))).message).toContain(message);
});

test('an empty cell of the item is a bad line', async () => {
  const path = fileOf(`user,item,age\na,x,1\na,,2\nb,y,3`, 'csv');
  const { message } = await refusal(open({ path }));
  expect(message).toContain(
    'line 3, column 2 (item): must not be empty, for negatives are drawn by it, got "".',
  );
});

describe.skipIf(sharedData === undefined)(`amazon-book${needsSharedData}`, { timeout: 60_000 }, () => {
  test('four negatives a row, of 24,915 items', async () => {
    const dataset = await openDataset(
      {
        format: 'csv',
        path: `${sharedData!}/amazon_book_kgat.csv.gz`,
        label: { every: 'positive' },
        negatives: { user: 'user_id', item: 'item_id', ratio: 4, by: 'popularity' },
        group: 'user_id',
        features: [{ column: 'user_id' }, { column: 'item_id' }],
        split: { by: 'random', test: 0 },
      },
      { seed: 1 },
    );
    expect(dataset.rows.train).toBe(5 * 846_434);
    const { users, items, logOddsShift } = dataset.report.negatives!;
    expect([users, items]).toEqual([70_679, 24_915]);
    const positives = dataset.positives.train!;
    // All pairs of the benchmark are distinct.
    expect(logOddsShift).toBeCloseTo(Math.log((4 * positives) / (70_679 * 24_915 - positives)), 12);
  });
});
