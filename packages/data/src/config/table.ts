import { z } from 'zod';
import { FLOAT32_RULE, fitsFloat32 } from '../float32.ts';
import { cardinality, fraction, fractionSplit, onBadLine, strict, vocabularyIds } from './common.ts';

const column = z.string().min(1);
const character = z.string().regex(/^[^\r\n\p{Surrogate}]$/u, 'must be one character, and no line end');

const hasTwoMarks = (file: { readonly delimiter: string; readonly quote: string }) =>
  file.delimiter !== file.quote;
const oneMark = { message: 'must differ from the delimiter', path: ['quote'] };

const ids = z.discriminatedUnion('kind', [
  vocabularyIds,
  /** Row 0 is for missing values, the others are buckets. */
  strict({ kind: z.literal('hash'), buckets: cardinality }),
]);

const labelValue = z.string().regex(/\S/, 'must not be blank: a row without a label is a bad line');

/** Which rows are positive. Other values of the column are negative; an empty cell is a bad line. */
const label = z.union([
  strict({ column, equals: labelValue }),
  strict({ column, oneOf: z.array(labelValue).min(1) }),
  strict({ column, atLeast: z.number() }),
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

const dense = strict({
  column,
  /** `log1p`: log(1 + max(x, 0)). `standardise`: mean 0 and deviation 1 over training rows. */
  transform: z.enum(['none', 'log1p', 'standardise']).default('none'),
  /** The value of an empty cell, after the transform. */
  missing: z.number().refine(fitsFloat32, FLOAT32_RULE).default(0),
});

const feature = strict({
  column,
  /** The column by default. */
  name: z.string().min(1).optional(),
  /** The feature's name by default. Features that name the same table share it, ids and all. */
  table: z.string().min(1).optional(),
  /** Makes the feature multi-valued: a bag of the parts between separators, empty when the cell is. */
  separator: z.string().min(1).optional(),
  ids: ids.optional(),
});

const columnSplit = strict({
  by: z.literal('column'),
  column,
  /** Rows whose number in `column` is at least `testFrom` are for testing, at least `validationFrom` for validation. */
  testFrom: z.number().optional(),
  validationFrom: z.number().optional(),
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
  .refine(({ testFrom = Infinity, validationFrom = -Infinity }) => validationFrom < testFrom, {
    message: 'validationFrom must be below testFrom',
    path: ['validationFrom'],
  })
  .refine(({ validation = 0, test = 0 }) => validation + test < 1, {
    message: 'validation and test together must leave rows to train on',
    path: ['test'],
  });

const split = z.discriminatedUnion('by', [fractionSplit, columnSplit]);

/** What the rows of all formats with named columns are read for. */
const tableFields = {
  join: z.array(join).default([]),
  label,
  /** One row per distinct tuple of these columns, where it first appears; positive if any of its rows is. */
  distinct: z.array(column).min(1).optional(),
  dense: z.array(dense).default([]),
  features: z.array(feature).min(1),
  /** For features without `ids`. */
  ids: ids.default({ kind: 'vocabulary', minCount: 1, unseen: 'oov' }),
  split,
  onBadLine,
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

export type TableConfig = z.output<
  typeof csvConfig | typeof jsonlConfig | typeof parquetConfig | typeof duckdbConfig | typeof rowsConfig
>;
export type TableIds = z.output<typeof ids>;
export type LabelConfig = z.output<typeof label>;
export type JoinConfig = z.output<typeof join>;
export type SplitConfig = z.output<typeof split>;
export type DenseConfig = z.output<typeof dense>;
export type FeatureConfig = z.output<typeof feature>;
