import { byName } from '../batches/by-name.ts';
import { singleIdOffsets } from '../batches/stored-batches.ts';
import { within } from '@ttrec/core';
import { checkArgument } from '@ttrec/core/options';
import { criteoReaders } from '../criteo/readers.ts';
import { CellFault } from '../columns/cell.ts';
import { csvReaders } from '../columns/readers.ts';
import type { DatasetSchema, EncodedRows, FeatureBatch, SharedRows } from '../dataset.ts';
import { error } from '../error.ts';
import { checkEncoding } from './checks/check-encoding.ts';
import { encodingSchema } from './encoding-schema.ts';
import type { Encoding } from './encoding.ts';
import { idReaders } from './id-readers.ts';
import {
  fromColumns,
  fromContext,
  fromRows,
  type RawCell,
  type RawColumns,
  type RawRow,
  type RawRows,
} from './raw-rows.ts';
import type { DenseReader, FeatureReader, Readers } from './readers.ts';

/** Turns raw values into the ids and numbers that training made of them. */
export interface Encoder {
  /** What the rows become. */
  readonly schema: DatasetSchema;
  /** The columns that every row must have. */
  readonly columns: readonly string[];
  /** The column that each feature of the schema is read from. */
  readonly featureColumns: readonly string[];
  /** To be added to a logit of the model: 0, or where negatives were drawn, what makes it the log-odds among all pairs of user and item. */
  readonly logOddsShift: number;
  /**
   * Encodes rows, such as `{ user: 'u1', age: 31, tags: ['a', 'b'] }`. A categorical value is the text that the training file has; a number
   * stands for its decimal text. A multi-valued feature takes a list, or a text with its separator. A number of a dense column may also be
   * text. null and '' are missing values. The ids and numbers have the bits that the same row has in a batch of `openDataset`. O(values).
   *
   * @throws `data/missing-column`, `data/bad-value`, `data/unseen-value` (vocabularies with `unseen: "error"`) and `data/dense-overflow`, naming
   *   row and column; `data/bad-rows`
   */
  encode(rows: readonly RawRow[]): EncodedRows;
  /** Encodes the same rows given column by column, in lists or typed arrays of one length. Throws the same errors. */
  encodeColumns(columns: RawColumns): EncodedRows;
  /**
   * Encodes rows that share the columns of a context, such as the items of one user: `encodeShared({ user: 'u1' }, [{ item: 'a' }, …])`. What
   * the context alone decides is encoded once. `context` has columns that the rows lack. Rows may be given column by column. Throws the same
   * errors.
   */
  encodeShared(context: RawRow, rows: readonly RawRow[] | RawColumns): SharedRows;
}

/**
 * Makes the encoder that serves a model trained with this encoding: in Node, in a page, without the training data. O(V) for the values of all
 * vocabularies.
 *
 * @throws `data/bad-encoding` if a vocabulary holds a value twice
 */
export function createEncoder(encoding: Encoding): Encoder {
  checkEncoding(encoding);
  return encoderOf(
    encodingSchema(encoding),
    encoding.format === 'csv' ? csvReaders(encoding) : criteoReaders(encoding),
    encoding.format === 'csv' ? encoding.logOddsShift : 0,
  );
}

/**
 * Makes the encoder of a model that was trained on numbers and ids: its columns are those of the schema, an id is a whole number below the
 * rows of its table.
 */
export function createIdEncoder(schema: DatasetSchema): Encoder {
  checkArgument(error, 'createIdEncoder, schema', schema, 'the schema of a dataset', 'dense', 'features');
  return encoderOf(schema, idReaders(schema));
}

function encoderOf(schema: DatasetSchema, readers: Readers, logOddsShift = 0): Encoder {
  const others = readers.features.flatMap(({ other }) => other ?? []);
  const columns = [
    ...new Set([...[...readers.dense, ...readers.features].map(({ column }) => column), ...others]),
  ];
  const encode = (rowsOf: RowsOf, size: number) => encodeFrom(rowsOf, size, schema, readers);
  const named = ({ size, dense, features }: SharedRows): EncodedRows => {
    return { size, dense, features, byName: byName(schema, features) };
  };
  return {
    schema,
    columns,
    featureColumns: readers.features.map(({ column }) => column),
    logOddsShift,
    encode(given) {
      const rows = fromRows(given, columns);
      return named(encode(() => rows, rows.size));
    },
    encodeColumns(given) {
      const rows = fromColumns(given, columns);
      return named(encode(() => rows, rows.size));
    },
    encodeShared(context, given) {
      const shared = fromContext(context);
      const isShared = (column: string) => Object.hasOwn(context, column);
      const own = columns.filter((column) => !isShared(column));
      const rows = isByColumn(given) ? fromColumns(given, own) : fromRows(given, own);
      return encode((column) => (isShared(column) ? shared : rows), rows.size);
    },
  };
}

function isByColumn(rows: readonly RawRow[] | RawColumns): rows is RawColumns {
  return typeof rows === 'object' && (rows as unknown) !== null && !Array.isArray(rows);
}

/** Where the cells of a column are: in the rows, or in the one that all share. */
type RowsOf = (column: string) => RawRows;

/** Column by column, so that one reader works at a time. */
function encodeFrom(rowsOf: RowsOf, size: number, schema: DatasetSchema, readers: Readers): SharedRows {
  try {
    return {
      size,
      dense: denseFrom(rowsOf, size, readers.dense),
      features: readers.features.map((reader, f) => {
        const { multiValued } = schema.features[f]!;
        return featureFrom(rowsOf, reader, multiValued, size);
      }),
    };
  } catch (thrown) {
    throw firstFault(rowsOf, size, readers) ?? thrown;
  }
}

/** [B or 1][columns]: one row if all columns are shared. */
function denseFrom(rowsOf: RowsOf, size: number, readers: readonly DenseReader[]): Float32Array {
  const width = readers.length;
  const sources = readers.map(({ column }) => rowsOf(column));
  const isShared = width > 0 && sources.every(({ place }) => place !== undefined);
  const dense = new Float32Array((isShared ? 1 : size) * width);
  readers.forEach((reader, at) => {
    const source = sources[at]!;
    const cells = source.column(reader.column);
    if (source.place !== undefined) {
      const value = reader.read(cells[0]!);
      for (let i = at; i < dense.length; i += width) dense[i] = value;
    } else {
      for (let b = 0; b < size; b++) dense[b * width + at] = reader.read(cells[b]!);
    }
  });
  return dense;
}

function featureFrom(
  rowsOf: RowsOf,
  reader: FeatureReader,
  multiValued: boolean,
  size: number,
): FeatureBatch {
  const { column, other, idOf } = reader;
  const [rows, others] = [rowsOf(column), other === undefined ? undefined : rowsOf(other)];
  const isShared = rows.place !== undefined && (others === undefined || others.place !== undefined);
  const count = isShared ? 1 : size;
  const cells = rows.column(column);
  if (idOf !== undefined) {
    const indices = new Uint32Array(count);
    for (let b = 0; b < count; b++) indices[b] = idOf(cells[b]!);
    return { indices, offsets: singleIdOffsets(count) };
  }
  const second = others?.column(other!);
  const ids: number[] = [];
  const weights = multiValued && other !== undefined ? [] : undefined;
  const offsets = new Uint32Array(count + 1);
  for (let b = 0; b < count; b++) {
    reader.read(cellAt(cells, rows, b), ids, second && cellAt(second, others!, b), weights);
    offsets[b + 1] = ids.length;
  }
  return {
    indices: Uint32Array.from(ids),
    offsets: multiValued ? offsets : singleIdOffsets(count),
    ...(weights && { perSampleWeights: Float32Array.from(weights) }),
  };
}

function cellAt(cells: ArrayLike<RawCell>, { place }: RawRows, b: number): RawCell {
  return cells[place === undefined ? b : 0]!;
}

/** The error of the first row that has one, whatever the order of reading. */
function firstFault(rowsOf: RowsOf, size: number, { dense, features }: Readers): unknown {
  const cellOf = (column: string, b: number) => cellAt(rowsOf(column).column(column), rowsOf(column), b);
  for (let b = 0; b < size; b++) {
    for (const reader of dense) {
      const fault = faultOf(() => reader.read(cellOf(reader.column, b)));
      if (fault !== undefined) return placed(fault, b, reader.column, rowsOf);
    }
    for (const { column, other, ...reader } of features) {
      const second = other === undefined ? undefined : cellOf(other, b);
      const fault = faultOf(() => reader.read(cellOf(column, b), [], second, []));
      if (fault !== undefined) return placed(fault, b, column, rowsOf);
    }
  }
  return undefined;
}

function faultOf(read: () => unknown): unknown {
  try {
    read();
    return undefined;
  } catch (fault) {
    return fault;
  }
}

/** Adds the place to what is wrong with a value. */
function placed(fault: unknown, b: number, column: string, rowsOf: RowsOf): unknown {
  const place = (name: string) => rowsOf(name).place ?? `row ${b}`;
  if (!(fault instanceof CellFault)) return within(place(column), fault);
  const { rule, got } = fault;
  return error('bad-value', { subject: `${place(fault.column)}, column ${fault.column}`, rule, got });
}
