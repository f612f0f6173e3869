import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A data set of the study. */
export interface DataSet {
  readonly name: string;
  /** What a row is, and how rows are held out. */
  readonly about: string;
  /** Files of the data folder that it reads. */
  readonly files: readonly string[];
  /** The `data` and `model` of a config, with files in `folder`. */
  config(folder: string): object;
}

const planted = (shares: object) => ({
  data: {
    format: 'synthetic',
    rows: { train: 400_000, validation: 20_000, test: 60_000 },
    cardinalities: [100_000, 40_000, 10_000, 1000, 100],
    dense: 5,
    signal: 1.8,
    shares,
  },
});

const ids = { kind: 'vocabulary', minCount: 2 };
const random = { by: 'random', validation: 0.1, test: 0.2 };

/** The data sets in the order of the report. Restricted ones are read where they are, and only their results are published. */
export const dataSets: readonly DataSet[] = [
  {
    name: 'planted',
    about: 'made-up clicks; half of what an id means is shared with ids of the same digits',
    files: [],
    config: () => planted({ dense: 0.2, structure: 0.4, noise: 0.2, interactions: 0.2 }),
  },
  {
    name: 'planted-unshared',
    about: 'made-up clicks; ids share nothing',
    files: [],
    config: () => planted({ dense: 0.2, structure: 0, noise: 0.8, interactions: 0 }),
  },
  {
    name: 'taobao',
    about:
      'pairs of user and item: bought, or only put in the cart; a fifth of the pairs is held out at random',
    files: ['taobao_buy_cart.csv.gz'],
    config: (folder) => ({
      data: {
        format: 'csv',
        path: join(folder, 'taobao_buy_cart.csv.gz'),
        label: { column: 'action', equals: 'buy' },
        distinct: ['user_id', 'item_id'],
        features: [{ column: 'user_id' }, { column: 'item_id' }],
        ids,
        split: random,
      },
      model: { interaction: { kind: 'cat' } },
    }),
  },
  {
    name: 'tennis',
    about: 'matches since 1877: whether the player with the lower id won; those from 2018 on are held out',
    files: ['tennis_atp.csv.gz'],
    config: (folder) => ({
      data: {
        format: 'csv',
        path: join(folder, 'tennis_atp.csv.gz'),
        onBadLine: 'skip',
        label: { versus: { winner: 'winner_', loser: 'loser_', id: 'id' } },
        ids: { kind: 'vocabulary', minCount: 1 },
        dense: ['a_rank', 'b_rank', 'a_rank_points', 'b_rank_points'].map((column) => ({
          column,
          transform: 'log1p',
        })),
        features: [
          { column: 'a_id', table: 'player' },
          { column: 'b_id', table: 'player' },
          { column: 'tourney_id' },
          { column: 'surface' },
        ],
        split: { by: 'column', column: 'tourney_date', validationFrom: 20_170_101, testFrom: 20_180_101 },
      },
    }),
  },
  {
    name: 'amazon-book',
    about:
      'books that users bought, and four drawn ones for each; a twentieth of the rows is held out at random',
    files: ['amazon_book_kgat.csv.gz'],
    config: (folder) => ({
      data: {
        format: 'csv',
        path: join(folder, 'amazon_book_kgat.csv.gz'),
        label: { every: 'positive' },
        negatives: { user: 'user_id', item: 'item_id', ratio: 4 },
        features: [{ column: 'user_id' }, { column: 'item_id' }],
        ids,
        split: { by: 'random', validation: 0.02, test: 0.05 },
      },
      model: { interaction: { kind: 'cat' } },
    }),
  },
  {
    name: 'movielens',
    about: 'ratings of films: 4 stars or more; a fifth is held out at random',
    files: ['ml-latest-small-ratings.csv.gz', 'ml-latest-small-movies.csv.gz'],
    config: (folder) => ({
      data: {
        format: 'csv',
        path: join(folder, 'ml-latest-small-ratings.csv.gz'),
        label: { column: 'rating', atLeast: 4 },
        join: [{ path: join(folder, 'ml-latest-small-movies.csv.gz'), on: 'movieId', columns: ['genres'] }],
        features: [{ column: 'userId' }, { column: 'movieId' }, { column: 'genres', separator: '|' }],
        ids,
        split: random,
      },
    }),
  },
  {
    name: 'baby-names',
    about: 'names of newborn children by year: girl or boy; the years from 2000 on are held out',
    files: ['us_babynames_1880_2010.csv.gz'],
    config: (folder) => ({
      data: {
        format: 'csv',
        path: join(folder, 'us_babynames_1880_2010.csv.gz'),
        label: { column: 'sex', equals: 'F' },
        features: [{ column: 'name' }],
        dense: [{ column: 'year', transform: 'standardise' }],
        ids: { kind: 'vocabulary', minCount: 1 },
        split: { by: 'column', column: 'year', validationFrom: 1995, testFrom: 2000 },
      },
      model: { interaction: { kind: 'cat' } },
    }),
  },
];

/** The files of a data set that are not in a folder. */
export function missingFiles({ files }: DataSet, folder: string): string[] {
  return files.filter((file) => !existsSync(join(folder, file)));
}
