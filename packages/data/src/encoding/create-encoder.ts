import { byName } from '../batches/by-name.ts';
import { singleIdOffsets } from '../batches/stored-batches.ts';
import { within } from '@ttrec/core';
import { criteoReaders } from '../criteo/readers.ts';
import { CellFault } from '../table/cell.ts';
import { csvReaders } from '../table/readers.ts';
import type { DatasetSchema, EncodedRows, FeatureBatch } from '../dataset.ts';
import { error } from '../error.ts';
import { checkEncoding } from './check-encoding.ts';
import { encodingSchema } from './encoding-schema.ts';
import type { Encoding } from './encoding.ts';
import { idReaders } from './id-readers.ts';
import { fromColumns, fromRows, type RawColumns, type RawRow, type RawRows } from './raw-rows.ts';
import type { Readers } from './readers.ts';

/** Turns raw values into the ids and numbers that training made of them. */
export interface Encoder {
  /** What the rows become. */
  readonly schema: DatasetSchema;
  /** The columns that every row must have. */
  readonly columns: readonly string[];
  /** The column that each feature of the schema is read from. */
  readonly featureColumns: readonly string[];
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
  );
}

/**
 * Makes the encoder of a model that was trained on numbers and ids: its columns are those of the schema, an id is a whole number below the
 * rows of its table.
 */
export function createIdEncoder(schema: DatasetSchema): Encoder {
  return encoderOf(schema, idReaders(schema));
}

function encoderOf(schema: DatasetSchema, readers: Readers): Encoder {
  const others = readers.features.flatMap(({ other }) => other ?? []);
  const columns = [
    ...new Set([...[...readers.dense, ...readers.features].map(({ column }) => column), ...others]),
  ];
  return {
    schema,
    columns,
    featureColumns: readers.features.map(({ column }) => column),
    encode: (rows) => encodeRows(fromRows(rows, columns), schema, readers),
    encodeColumns: (given) => encodeRows(fromColumns(given, columns), schema, readers),
  };
}

function encodeRows(rows: RawRows, schema: DatasetSchema, readers: Readers): EncodedRows {
  const { size } = rows;
  const width = readers.dense.length;
  const dense = new Float32Array(size * width);
  const ids: number[][] = readers.features.map(() => []);
  const weights = readers.features.map(({ other }, f): number[] | undefined =>
    other !== undefined && schema.features[f]!.multiValued ? [] : undefined,
  );
  const offsets = schema.features.map(({ multiValued }) =>
    multiValued ? new Uint32Array(size + 1) : undefined,
  );
  for (let b = 0; b < size; b++) {
    readers.dense.forEach((reader, at) => {
      const { column } = reader;
      dense[b * width + at] = placed(b, () => reader.read(rows.cell(b, column)));
    });
    readers.features.forEach((reader, f) => {
      const { column, other } = reader;
      const second = other === undefined ? undefined : rows.cell(b, other);
      placed(b, () => reader.read(rows.cell(b, column), ids[f]!, second, weights[f]));
      if (offsets[f]) offsets[f][b + 1] = ids[f]!.length;
    });
  }
  const single = singleIdOffsets(size);
  const features = ids.map((indices, f): FeatureBatch => ({
    indices: Uint32Array.from(indices),
    offsets: offsets[f] ?? single,
    ...(weights[f] && { perSampleWeights: Float32Array.from(weights[f]) }),
  }));
  return { size, dense, features, byName: byName(schema, features) };
}

/** Adds the place to what is wrong with a value. */
function placed<Result>(row: number, read: () => Result): Result {
  try {
    return read();
  } catch (fault) {
    if (!(fault instanceof CellFault)) throw within(`row ${row}`, fault);
    const { rule, got } = fault;
    throw error('bad-value', { subject: `row ${row}, column ${fault.column}`, rule, got });
  }
}
