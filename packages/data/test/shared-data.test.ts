import { openDataset, type DataConfig } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { batchesOf } from './batches.ts';
import { needsSharedData, sharedData } from './files.ts';

/** Opens real data, from a config and nothing else. Counts asserted below are those of the folder's own README. */
function open(config: DataConfig) {
  return openDataset(config, { seed: 1, baseDirectory: sharedData! });
}

const sides = ['a', 'b'];

// A file of real data takes seconds, several of them on a machine that is busy.
describe.skipIf(sharedData === undefined)(`real data${needsSharedData}`, { timeout: 60_000 }, () => {
  test('criteo: 8,000 rows, 21.6 % positive, cardinalities as counted', async () => {
    const dataset = await open({
      format: 'criteo',
      path: 'criteo_kaggle_8k.tsv.gz',
      ids: { kind: 'vocabulary' },
      split: { by: 'random', test: 0 },
    });
    expect(dataset.rows.train).toBe(8000);
    expect(dataset.baseRate).toBeCloseTo(0.216, 3);
    // The README counts a missing value among the distinct ones; row 0 comes on top.
    const rows = Object.fromEntries(
      dataset.schema.features.map((feature) => [feature.name, feature.numEmbeddings]),
    );
    expect(rows).toMatchObject({ C3: 4525 + 1, C12: 4338 + 1, C21: 4141 + 1, C16: 3906 + 1, C4: 3370 + 1 });
    for (const batch of await batchesOf(dataset, { split: 'train', batchSize: 500 })) {
      expect(batch.dense.every((x) => x >= 0 && x < 20)).toBe(true);
      batch.features.forEach(({ indices }, f) => {
        expect(indices.every((id) => id > 0 && id < dataset.schema.features[f]!.numEmbeddings)).toBe(true);
      });
    }
  });

  test('taobao: one row per pair, positive if ever bought', async () => {
    const dataset = await open({
      format: 'csv',
      path: 'taobao_buy_cart.csv.gz',
      label: { column: 'action', equals: 'buy' },
      distinct: ['user_id', 'item_id'],
      features: [{ column: 'user_id' }, { column: 'item_id' }],
      split: { by: 'random', test: 0.2 },
    });
    const { train, test: held } = dataset.rows;
    expect(dataset.report.rowsRead).toBe(453_518);
    expect(train + held).toBe(414_327);
    expect((dataset.positives.train! + dataset.positives.test!) / (train + held)).toBeCloseTo(0.627, 3);
    // Binomial over 414,327 rows: four standard deviations are 0.25 %.
    expect(Math.abs(held / (train + held) - 0.2)).toBeLessThan(0.0025);
    expect(dataset.schema.features[0]!.numEmbeddings).toBeLessThanOrEqual(48_749 + 1);
  });

  test('tennis: A against B over one table of players, split by time', async () => {
    const dataset = await open({
      format: 'csv',
      path: 'tennis_atp.csv.gz',
      onBadLine: 'skip',
      label: { versus: { winner: 'winner_', loser: 'loser_', id: 'id' } },
      dense: sides.flatMap((side) => [
        { column: `${side}_age`, transform: 'standardise' as const },
        { column: `${side}_rank`, transform: 'log1p' as const },
      ]),
      features: [...sides.map((side) => ({ column: `${side}_id`, table: 'player' })), { column: 'surface' }],
      split: { by: 'column', column: 'tourney_date', testFrom: 20180101 },
    });
    // Seven matches of the source name one player twice.
    expect(dataset.report.badLines.count).toBe(7);
    expect(dataset.rows).toEqual({ train: 941_649 - 182_779 - 7, validation: 0, test: 182_779 });
    expect((dataset.positives.train! + dataset.positives.test!) / 941_642).toBeCloseTo(0.566, 3);
  });

  test('movielens: genres joined as bags', async () => {
    const dataset = await open({
      format: 'csv',
      path: 'ml-latest-small-ratings.csv.gz',
      label: { column: 'rating', atLeast: 4 },
      join: [{ path: 'ml-latest-small-movies.csv.gz', on: 'movieId', columns: ['genres'] }],
      features: [{ column: 'userId' }, { column: 'movieId' }, { column: 'genres', separator: '|' }],
      split: { by: 'random', test: 0 },
    });
    expect(dataset.rows.train).toBe(100_836);
    expect(dataset.baseRate).toBeCloseTo(0.482, 3);
    expect(dataset.report.unmatched).toEqual({});
    // 610 users and 9,724 films rated; 19 genres and "(no genres listed)"; row 0 on top of each.
    expect(dataset.schema.features.map((feature) => feature.numEmbeddings)).toEqual([611, 9725, 21]);
    const [batch] = await batchesOf(dataset, { split: 'train', batchSize: 1, shuffle: false });
    // Toy Story has five genres.
    expect(batch!.features[2]!.indices).toHaveLength(5);
  });
});
