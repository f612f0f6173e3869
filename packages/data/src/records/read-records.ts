import type { TableConfig } from '../config/table.ts';
import { readCsvRecords } from '../csv/read-records.ts';
import { QUERY, readQueryRecords } from '../duckdb/read-records.ts';
import { readJsonRecords } from '../jsonl/read-records.ts';
import { readParquetRecords } from '../parquet/read-records.ts';
import type { RowSource } from '../encoding/raw-rows.ts';
import type { BadLines } from '../read/bad-lines.ts';
import type { Files } from '../read/read-files.ts';
import { readCodeRows, ROWS } from '../rows/read-records.ts';
import type { Reading, RecordHandler } from './record-handler.ts';

/** Where rows come from: the part of a config that says so, and what else there is to read from. */
export interface RecordSource {
  readonly config: TableConfig;
  /** The columns of the source that the config names. */
  readonly wanted: readonly string[];
  readonly files: Files | undefined;
  /** Returns the rows that the caller hands in. */
  readonly rows: (() => RowSource) | undefined;
  /** The worker whose groups of rows are read, of a Parquet file; all by default. */
  readonly groups?: { readonly rank: number; readonly size: number } | undefined;
}

/** What a source is called in errors and reports. */
export function nameOfSource(config: TableConfig): string {
  if (config.format === 'rows') return ROWS;
  return config.format === 'duckdb' ? QUERY : config.path;
}

/** Reads the records of any format, in their order. Yields between pieces, so that the caller sets the pace and may stop. */
export function readRecords(
  { config, wanted, files, rows, groups }: RecordSource,
  handler: RecordHandler,
  badLines: BadLines,
  reading: Reading,
): AsyncGenerator<void> {
  switch (config.format) {
    case 'csv':
      return readCsvRecords(config, handler, badLines, reading);
    case 'jsonl':
      return readJsonRecords({ path: config.path, wanted }, handler, badLines, reading);
    case 'parquet':
      return readParquetRecords({ path: config.path, files, groups }, handler, reading);
    case 'duckdb':
      return readQueryRecords({ query: config.query, database: config.database }, handler, reading);
    case 'rows':
      return readCodeRows({ rows: rows!(), wanted }, handler, reading);
  }
}
