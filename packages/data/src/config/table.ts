import { z } from 'zod';
import { TIME_RULE, timeIn } from '../cells/time.ts';
import { FLOAT32_RULE, fitsFloat32 } from '../float32.ts';
import {
  cardinality,
  fraction,
  fractionSplit,
  onBadLine,
  positiveCount,
  strict,
  vocabularyIds,
} from './common.ts';

const column = z.string().min(1);
const character = z.string().regex(/^[^\r\n\p{Surrogate}]$/u, 'must be one character, and no line end');

const hasTwoMarks = (file: { readonly delimiter: string; readonly quote: string }) =>
  file.delimiter !== file.quote;
const oneMark = { message: 'must differ from the delimiter', path: ['quote'] };

const ids = z.discriminatedUnion('kind', [
  vocabularyIds,
  /** Row 0 is for missing values, the others are buckets. */
  strict({ kind: z.literal('hash'), buckets: cardinality }),
  /** A value is the number of its row. */
  strict({ kind: z.literal('row'), rows: cardinality }),
]);

const labelValue = z.string().regex(/\S/, 'must not be blank: a row without a label is a bad line');

/** Which rows are positive. Other values of the column are negative; an empty cell is a bad line. */
const label = z.union([
  strict({ column, equals: labelValue }),
  strict({ column, oneOf: z.array(labelValue).min(1) }),
  strict({ column, atLeast: z.number() }),
  /** Every row is positive; `negatives` makes the others. */
  strict({ every: z.literal('positive') }),
  /**
   * Rows of a contest: columns with prefix `winner` and `loser` become `a_…` and `b_…`, where A has the lower `id`,
   * and the label is 1 if A won. The original columns cannot be used.
   */
  strict({ versus: strict({ winner: column, loser: column, id: column }) }),
]);

/** Columns of another CSV file, looked up by a key: `path`'s row whose `key` equals this row's `on`. */
const join = strict({
  path: z.string().min(1),
  on: column,
  /** The key column of the other file; `on` by default. */
  key: column.optional(),
  /** The columns to take. */
  columns: z.array(column).min(1),
  delimiter: character.default(','),
  quote: character.default('"'),
}).refine(hasTwoMarks, oneMark);

const float32 = z.number().refine(fitsFloat32, FLOAT32_RULE);

const dense = strict({
  column,
  /** The column by default, and `COLUMN_missing` for `missing`. */
  name: z.string().min(1).optional(),
  /** Takes a part of a time: days since 1970, age in days at the latest time of training, hour, weekday … */
  time: z.enum(['days', 'age', 'hour', 'weekday', 'day', 'month', 'year']).optional(),
  /** The least and the most, before the transform. */
  clip: z
    .tuple([z.number(), z.number()])
    .refine(([least, most]) => least < most, 'must be the least and the most value, in this order')
    .optional(),
  /**
   * `log1p`: log(1 + max(x, 0)). `standardise`: mean 0 and deviation 1 over training rows. `quantile`: the share of `buckets` of training
   * values that are below, from 0 to 1. `missing`: 1 for an empty cell, else 0.
   */
  transform: z.enum(['none', 'log1p', 'standardise', 'quantile', 'missing']).default('none'),
  buckets: z.int().min(2).max(10_000).optional(),
  /** The value of an empty cell, after the transform. */
  missing: float32.default(0),
  /** Adds a column that is 1 where the cell is empty, and 0 elsewhere. */
  flagMissing: z.boolean().default(false),
})
  .refine(({ transform, buckets }) => (transform === 'quantile') === (buckets !== undefined), {
    message: 'must be given with transform: "quantile", and with no other',
    path: ['buckets'],
  })
  .refine(({ transform, clip, flagMissing }) => transform !== 'missing' || !(clip || flagMissing), {
    message: 'must stand alone: it takes no number',
    path: ['transform'],
  });

const feature = strict({
  column,
  /** The column by default. */
  name: z.string().min(1).optional(),
  /** The feature's name by default. Features that name the same table share it, ids and all. */
  table: z.string().min(1).optional(),
  /** Makes the feature multi-valued: a bag of the parts between separators, empty when the cell is. */
  separator: z.string().min(1).optional(),
  /** With a separator: the column of the weights of the ids, one for each. */
  weights: column.optional(),
  /** Takes a part of a time as the value. */
  time: z.enum(['hour', 'weekday', 'day', 'month', 'year']).optional(),
  /** Takes the number of the bucket, 0 …, of as many with the same number of training rows. */
  quantiles: z.int().min(2).max(10_000).optional(),
  /** Takes the pair with this column as the value. */
  cross: column.optional(),
  ids: ids.optional(),
})
  .refine(
    ({ separator, time, quantiles, cross }) =>
      [separator, time, quantiles, cross].filter((each) => each !== undefined).length <= 1,
    { message: 'must have one of "separator", "time", "quantiles" and "cross" at most' },
  )
  .refine(({ separator, weights }) => weights === undefined || separator !== undefined, {
    message: 'must go with "separator"',
    path: ['weights'],
  });

const isTime = (value: string) => timeIn(value) !== undefined;
const time = z.string().refine(isTime, TIME_RULE);
const bound = z.union([z.number(), time]);

/** Rows that are left out: those that break one of these. */
const filter = z.union([
  strict({ column, oneOf: z.array(z.string()).min(1) }),
  strict({ column, noneOf: z.array(z.string()).min(1) }),
  strict({ column, atLeast: bound.optional(), below: bound.optional() }).refine(
    ({ atLeast, below }) => atLeast !== undefined || below !== undefined,
    { message: 'must have "oneOf", "noneOf", "atLeast" or "below"' },
  ),
]);

const columnSplit = strict({
  by: z.literal('column'),
  column,
  /** Rows whose number in `column` is at least `testFrom` are for testing, at least `validationFrom` for validation. */
  testFrom: bound.optional(),
  validationFrom: bound.optional(),
  /** Instead: shares of the rows, those of the highest numbers; rows of the same number stay together. */
  test: fraction.optional(),
  validation: fraction.optional(),
})
  .refine(({ testFrom, test }) => (testFrom === undefined) !== (test === undefined), {
    message: 'must have one of the keys "testFrom" and "test"',
  })
  .refine(({ testFrom, validation }) => testFrom === undefined || validation === undefined, {
    message: 'must go with "test"; with "testFrom" give "validationFrom"',
    path: ['validation'],
  })
  .refine(({ test, validationFrom }) => test === undefined || validationFrom === undefined, {
    message: 'must go with "testFrom"; with "test" give "validation"',
    path: ['validationFrom'],
  })
  .refine(
    ({ testFrom = Infinity, validationFrom = -Infinity }) => numberOf(validationFrom) < numberOf(testFrom),
    { message: 'validationFrom must be below testFrom', path: ['validationFrom'] },
  )
  .refine(({ validation = 0, test = 0 }) => validation + test < 1, {
    message: 'validation and test together must leave rows to train on',
    path: ['test'],
  });

/** A bound as a number; times are seconds since 1970. */
export function numberOf(value: number | string): number {
  return typeof value === 'number' ? value : timeIn(value)! / 1000;
}

/** Rows for items that a user is not known to want, drawn for each positive row. */
const negatives = strict({
  user: column,
  item: column,
  /** Further columns of the item; those joined by one of its columns are known. */
  columns: z.array(column).default([]),
  /** Negatives for each positive row. */
  ratio: z.int().min(1).max(1000),
  /** How likely an item is to be drawn: all the same, or by its number of positive training rows. */
  by: z.enum(['uniform', 'popularity']).default('uniform'),
}).refine(({ user, item, columns }) => user !== item && !columns.includes(user), {
  message: 'must be no column of the item',
  path: ['user'],
});

const split = z.discriminatedUnion('by', [fractionSplit, columnSplit]);

/** What the rows of all formats with named columns are read for. */
const tableFields = {
  join: z.array(join).default([]),
  label,
  /** One row per distinct tuple of these columns, where it first appears; positive if any of its rows is. */
  distinct: z.array(column).min(1).optional(),
  dense: z.array(dense).default([]),
  /** Categorical columns, or all that the config does not name, but for some. */
  features: z.union([z.array(feature).min(1), strict({ allBut: z.array(column) })]),
  /** For features without `ids`. */
  ids: ids.default({ kind: 'vocabulary', minCount: 1, unseen: 'oov' }),
  split,
  /** Rows are left out that break one of these conditions. */
  where: z.array(filter).default([]),
  /** Cells of these values are empty ones. */
  naValues: z.array(z.string().min(1)).default([]),
  /** The column of the weights of rows in losses and metrics. */
  weight: column.optional(),
  /** The column that tells the group of a row, such as a user or a request, for metrics by group. */
  group: column.optional(),
  /** Rows that are not positive are left out, and drawn ones take their place. */
  negatives: negatives.optional(),
  /** Training rows that are shuffled together: all that are in memory by default, or 2^18 of those that are not. */
  shuffleWindow: positiveCount.optional(),
  /** Rows are kept in memory up to this many bytes, and beyond in a temporary file. */
  cacheBytes: z
    .int()
    .min(0)
    .default(1 << 28),
  /** Different values of a vocabulary that are counted at a time while reading; where there are more, rare ones are dropped. */
  vocabularyLimit: z
    .int()
    .min(2)
    .max(2 ** 24)
    .default(2 ** 22),
  onBadLine,
  /** What becomes of a value that a dense column or a feature cannot take: its row is a bad line, it is missing, or reading ends. */
  onBadCell: z.enum(['row', 'missing', 'fail']).default('row'),
};

const path = z.string().min(1);

/** A CSV file with a header, plain or gzip. */
export const csvConfig = strict({
  format: z.literal('csv'),
  path,
  delimiter: character.default(','),
  quote: character.default('"'),
  ...tableFields,
}).refine(hasTwoMarks, oneMark);

/** JSON lines, plain or gzip: an object a line. */
export const jsonlConfig = strict({ format: z.literal('jsonl'), path, ...tableFields });

/** A Parquet file: a path, or an address that answers requests for ranges. */
export const parquetConfig = strict({ format: z.literal('parquet'), path, ...tableFields });

/** The rows of a query that DuckDB answers. */
export const duckdbConfig = strict({
  format: z.literal('duckdb'),
  query: z.string().min(1),
  /** The file of a database, opened for reading; in memory by default. */
  database: z.string().min(1).optional(),
  ...tableFields,
});

/** Rows that the caller hands in. */
export const rowsConfig = strict({ format: z.literal('rows'), ...tableFields });

/** A config as it is given. */
export type GivenTableConfig = z.output<
  typeof csvConfig | typeof jsonlConfig | typeof parquetConfig | typeof duckdbConfig | typeof rowsConfig
>;
/** A config whose features are named. */
export type TableConfig = GivenTableConfig extends infer Each
  ? Each extends GivenTableConfig
    ? Omit<Each, 'features'> & { readonly features: readonly FeatureConfig[] }
    : never
  : never;
export type FilterConfig = z.output<typeof filter>;
export type TableIds = z.output<typeof ids>;
export type LabelConfig = z.output<typeof label>;
export type JoinConfig = z.output<typeof join>;
export type SplitConfig = z.output<typeof split>;
export type DenseConfig = z.output<typeof dense>;
export type FeatureConfig = z.output<typeof feature>;
