import type { Compressors, FileMetaData } from 'hyparquet';
import { counted, isTtrecError } from '@ttrec/core';
import { error } from '../error.ts';
import { requireParquet } from '../read/first-bytes.ts';
import { emptyFile } from '../read/read-bytes.ts';
import type { Files } from '../read/read-files.ts';
import { RowCounter, type Reading, type RecordHandler } from '../records/record-handler.ts';
import { RowWriter } from '../records/write-rows.ts';
import { exactParsers, exactSchema, type Exact } from './columns.ts';
import { openRanges, type RangeFile } from './file.ts';

const START_BYTES = 1 << 14;
/** Most rows that are held at a time. Pages of a group before its part are skipped, not unpacked. */
const MAX_ROWS = 1 << 17;
/** First fetched of the end of a file, where the metadata is; more follows if they are longer. */
const FOOTER_BYTES = 1 << 16;

/**
 * Reads the columns in use of a Parquet file, one group of rows at a time, or a part of a long one. Integers of 64 bits, decimals and times are exact; times are ISO 8601 in UTC.
 * Lists are lists. Yields between them.
 *
 * @throws `data/wrong-format`, `data/malformed-parquet`, `data/empty-file`, `data/unknown-column`; `data/file-not-found`, `data/unreadable-file`
 */
export async function* readParquetRecords(
  source: {
    readonly path: string;
    readonly files: Files | undefined;
    /** Of several workers that read a part each, the one whose part is read; all by default. */
    readonly groups?: { readonly rank: number; readonly size: number } | undefined;
  },
  handler: RecordHandler,
  reading: Reading,
): AsyncGenerator<void> {
  const { path } = source;
  const counter = new RowCounter(reading);
  const file = withCount(await openRanges(path, source.files), counter);
  try {
    if (file.byteLength === 0) throw emptyFile(path);
    requireParquet(path, new Uint8Array(await file.slice(0, Math.min(START_BYTES, file.byteLength))));
    const parquet = await ParquetReader.open(path, file);
    const writer = new RowWriter(path, handler, []);
    const { rank, size } = source.groups ?? { rank: 0, size: 1 };
    const { length } = parquet.parts;
    const [first, last] = [Math.floor((length * rank) / size), Math.floor((length * (rank + 1)) / size)];
    for (const [start, end] of parquet.parts.slice(first, last)) {
      const rows = { names: parquet.names, first: start + 1, size: end - start };
      await writer.writeColumns(rows, (name) => parquet.column(name, start, end));
      counter.rows += end - start;
      counter.report();
      yield;
    }
  } finally {
    await file.close();
  }
  if (counter.rows === 0) throw emptyFile(path);
  counter.finish();
}

/** Counts the bytes that are read. */
function withCount(file: RangeFile, { bytes }: RowCounter): RangeFile {
  bytes.totalBytes = file.byteLength;
  return {
    ...file,
    async slice(start, end) {
      const taken = await file.slice(start, end);
      bytes.bytesRead = Math.min(bytes.totalBytes, bytes.bytesRead + taken.byteLength);
      return taken;
    },
  };
}

class ParquetReader {
  readonly names: readonly string[];
  /** The first row of each group or part of one, and the row behind its last. */
  readonly parts: readonly (readonly [start: number, end: number])[];
  readonly #path: string;
  readonly #file: RangeFile;
  readonly #metadata: FileMetaData;
  readonly #exact: ReadonlyMap<string, Exact>;
  readonly #compressors: Compressors;

  private constructor(path: string, file: RangeFile, metadata: FileMetaData, compressors: Compressors) {
    const schema = exactSchema(metadata);
    this.#path = path;
    this.#file = file;
    this.#metadata = schema.metadata;
    this.#exact = schema.exact;
    this.#compressors = compressors;
    this.names = columnNames(metadata);
    let start = 0;
    this.parts = metadata.row_groups.flatMap(({ num_rows: rows }) => {
      const [first, end] = [start, (start += Number(rows))];
      const count = Math.ceil((end - first) / MAX_ROWS);
      return Array.from({ length: count }, (_, part): readonly [number, number] => [
        first + part * MAX_ROWS,
        Math.min(end, first + (part + 1) * MAX_ROWS),
      ]);
    });
  }

  static async open(path: string, file: RangeFile): Promise<ParquetReader> {
    const [{ parquetMetadataAsync }, { compressors }] = await Promise.all([
      import('hyparquet'),
      import('hyparquet-compressors'),
    ]);
    const metadata = await soundly(path, () =>
      parquetMetadataAsync(file, { geoparquet: false, initialFetchSize: FOOTER_BYTES }),
    );
    return new ParquetReader(path, file, metadata, compressors);
  }

  /** The values of a column from row `rowStart` to `rowEnd` - 1. */
  async column(name: string, rowStart: number, rowEnd: number): Promise<(row: number) => unknown> {
    const { parquetScan } = await import('hyparquet');
    const values = await soundly(`${this.#path}, column ${name}`, async () => {
      // A scan keeps what it has read, so each column has its own.
      const scan = await parquetScan({
        file: this.#file,
        metadata: this.#metadata,
        columns: [name],
        compressors: this.#compressors,
        parsers: exactParsers,
        utf8: false,
        geoparquet: false,
        useOffsetIndex: false,
      });
      return scan.readColumn({ column: name, rowStart, rowEnd });
    });
    if (values.length !== rowEnd - rowStart) {
      const rule = `rows ${rowStart + 1} to ${rowEnd} must have ${counted(rowEnd - rowStart, 'value')}`;
      throw malformed(`${this.#path}, column ${name}`, rule, values.length);
    }
    const exact = this.#exact.get(name);
    const list = values as ArrayLike<unknown>;
    if (!exact) return (row) => list[row];
    return (row) => {
      try {
        return exact(list[row]);
      } catch (cause) {
        const subject = `${this.#path}, column ${name}`;
        throw malformed(subject, 'must have values of its type', String(cause), cause);
      }
    };
  }
}

/** The names of the columns at the top of the schema. */
function columnNames({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = () => {
    const { num_children: children = 0 } = schema[at++] ?? {};
    for (let child = 0; child < children; child++) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]!.name);
    skip();
  }
  return names;
}

/** @throws `data/malformed-parquet` for what hyparquet throws */
async function soundly<Result>(subject: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    if (isTtrecError(cause)) throw cause;
    throw malformed(
      subject,
      'must be a sound Parquet file',
      cause instanceof Error ? cause.message : String(cause),
      cause,
    );
  }
}

function malformed(subject: string, rule: string, got: unknown, cause?: unknown): Error {
  return error('malformed-parquet', {
    subject,
    rule,
    got,
    hint: 'Write the file again, or convert it.',
    cause,
  });
}
