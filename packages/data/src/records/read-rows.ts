import { checkOptions } from '@ttrec/core/options';
import { LIST, listIn, textIn, type Cells } from '../cells/cells.ts';
import type { JoinConfig } from '../config/table.ts';
import { readCriteoRecords } from '../criteo/read-records.ts';
import { readCsvRecords } from '../csv/read-records.ts';
import type { BadLine } from '../dataset.ts';
import type { RawCell, RawRow } from '../encoding/raw-rows.ts';
import { textOf } from '../encoding/readers.ts';
import { error } from '../error.ts';
import { readJsonObjects } from '../jsonl/read-objects.ts';
import { readParquetRecords } from '../parquet/read-records.ts';
import { BadLines } from '../read/bad-lines.ts';
import { byteReader, streamReader, type Files } from '../read/read-files.ts';
import { CellFault, faultText, requireSoundText } from '../columns/cell.ts';
import { duplicateColumn, positionsOf } from '../table/header.ts';
import type { Progress } from '../config/open-options.ts';
import type { Reading, RecordHandler } from './record-handler.ts';
import { RowJoins } from './row-joins.ts';

/** A file of rows. */
export interface RowFile {
  /** A file of `criteo` has no header: its columns are `label`, where it has one, `I1` … `I13` and `C1` … `C26`. */
  readonly format: 'csv' | 'jsonl' | 'parquet' | 'criteo';
  /** Resolved; a name in errors if `bytes` are given. */
  readonly path: string;
  /** `,` by default. CSV only. */
  readonly delimiter?: string | undefined;
  /** `"` by default. CSV only. */
  readonly quote?: string | undefined;
  /** Columns of other files, as a config joins them, with resolved paths. Columns that a row has itself, and those whose key it lacks, are not looked up. */
  readonly join?: readonly JoinConfig[] | undefined;
  /** Whether an unusable line ends reading, or is skipped and counted; `fail` by default. */
  readonly onBadLine?: 'fail' | 'skip' | undefined;
}

export interface ReadRowsOptions {
  /** The columns to take; all by default. */
  readonly columns?: readonly string[] | undefined;
  /** The bytes of the file instead of its path, such as standard input; plain or gzip. Not for Parquet, which is read in ranges. */
  readonly bytes?: AsyncIterable<Uint8Array> | undefined;
  /** Files by path instead of the file system, as for `openDataset`. */
  readonly files?: Files | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Some rows, with the line in which each starts, counted from 1, header included; in Parquet the number of the row. */
export interface RowBlock {
  readonly rows: readonly RawRow[];
  readonly lines: readonly number[];
}

/** Blocks of rows, read once and at the pace of the reader. */
export interface RowBlocks extends AsyncIterable<RowBlock> {
  /** The bad lines so far: their number, and the first ten. */
  readonly badLines: { readonly count: number; readonly first: readonly BadLine[] };
  /** Rows so far without a row in a joined file, by its path. */
  readonly unmatched: Readonly<Record<string, number>>;
}

/**
 * Reads the rows of a file as raw values, for `Encoder.encode`. Labels are not needed. Memory is constant but for joined files: the rows of one piece
 * of the file (256 KiB), or of a group of Parquet. A cell of CSV is text. A column that an object lacks is null.
 *
 * @throws while reading, as `openDataset` does: `data/unknown-column`, `data/malformed-line`, `data/wrong-column-count`, `data/malformed-csv`,
 * `data/malformed-parquet`, and the errors of files; `data/unknown-option`
 */
export function readRows(file: RowFile, options: ReadRowsOptions = {}): RowBlocks {
  checkOptions(error, 'readRows', options, { columns: 'any', bytes: 'any', files: 'any', onProgress: 'any' });
  const badLines = new BadLines(file.onBadLine ?? 'fail');
  const { columns, bytes, files, onProgress } = options;
  const unmatched: Record<string, number> = {};
  const reading = { phase: 'read', onProgress, read: bytes ? streamReader(bytes) : byteReader(files) };
  return {
    badLines,
    unmatched,
    async *[Symbol.asyncIterator]() {
      const sides = { ...reading, read: byteReader(files) };
      const joins = await RowJoins.read({ join: file.join, wanted: columns }, badLines, sides, unmatched);
      const block = new Block(file.path, badLines, joins);
      if (file.format === 'jsonl') yield* jsonRows(file, columns, block, badLines, reading);
      else yield* cellRows(columns, block, (handler) => recordsOf(file, handler, badLines, reading, files));
    },
  };
}

function recordsOf(
  { format, path, delimiter = ',', quote = '"' }: RowFile,
  handler: RecordHandler,
  badLines: BadLines,
  reading: Reading,
  files: Files | undefined,
): AsyncGenerator<void> {
  if (format === 'criteo') return readCriteoRecords(path, handler, badLines, reading);
  if (format === 'parquet') return readParquetRecords({ path, files }, handler, reading);
  return readCsvRecords({ path, delimiter, quote }, handler, badLines, reading);
}

/** Rows of formats whose header names all columns. */
async function* cellRows(
  columns: readonly string[] | undefined,
  block: Block,
  records: (handler: RecordHandler) => AsyncGenerator<void>,
): AsyncGenerator<RowBlock> {
  let names: readonly string[] = [];
  let positions: readonly number[] = [];
  const pieces = records({
    header(header) {
      const repeated = header.find((name, at) => header.indexOf(name) !== at);
      if (repeated !== undefined) throw duplicateColumn(repeated, block.path);
      names = block.joins.ofSource(columns ?? header, (name) => header.includes(name));
      positions = positionsOf(names, header, block.path);
      return positions;
    },
    fault: (fault, line) => block.fault(fault, line),
    record(cells, line) {
      block.add(names, (i) => valueIn(cells, positions[i]!), line, positions);
    },
  });
  try {
    while ((await pieces.next()).done !== true) yield* block.take();
  } finally {
    await pieces.return(undefined);
  }
}

function valueIn({ bytes, starts, ends, hasLists }: Cells, at: number): string | string[] {
  const [start, end] = [starts[at]!, ends[at]!];
  const isList = hasLists && end > start && bytes[start] === LIST;
  return isList ? listIn(bytes, start, end) : textIn(bytes, start, end);
}

async function* jsonRows(
  { path }: RowFile,
  columns: readonly string[] | undefined,
  block: Block,
  badLines: BadLines,
  reading: Reading,
): AsyncGenerator<RowBlock> {
  for await (const { objects, lines } of readJsonObjects(path, badLines, reading)) {
    objects.forEach((object, i) => {
      const has = (name: string) => Object.hasOwn(object, name);
      const names = block.joins.ofSource(columns ?? Object.keys(object), has);
      block.add(names, (c) => (has(names[c]!) ? object[names[c]!] : null), lines[i]!);
    });
    yield* block.take();
  }
}

/** Gathers sound rows. */
class Block {
  readonly path: string;
  readonly joins: RowJoins;
  readonly #badLines: BadLines;
  #rows: RawRow[] = [];
  #lines: number[] = [];

  constructor(path: string, badLines: BadLines, joins: RowJoins) {
    this.path = path;
    this.joins = joins;
    this.#badLines = badLines;
  }

  /** `positions` are those of the names in the file, for errors. */
  add(
    names: readonly string[],
    valueAt: (at: number) => unknown,
    line: number,
    positions?: readonly number[],
  ): void {
    // Without a prototype: a column may be called `constructor`.
    const row = Object.create(null) as Record<string, RawCell>;
    try {
      names.forEach((name, at) => (row[name] = rawCell(valueAt(at), name)));
      this.joins.add(row);
    } catch (fault) {
      if (!(fault instanceof CellFault)) throw fault;
      this.fault(fault, line, positions?.[names.indexOf(fault.column)]);
      return;
    }
    this.#rows.push(row);
    this.#lines.push(line);
  }

  /** `at` is the position of the column in the file, where that says something. */
  fault({ column: name, rule, got }: CellFault, line: number, at?: number): void {
    const column = at === undefined ? name : `${at + 1} (${name})`;
    const text = faultText(got);
    this.#badLines.add({ kind: 'malformed-line', file: this.path, line, column, rule, got: text });
  }

  *take(): Generator<RowBlock> {
    if (this.#rows.length > 0) yield { rows: this.#rows, lines: this.#lines };
    this.#rows = [];
    this.#lines = [];
  }
}

/** @throws CellFault for what is neither a raw value nor a list of them */
function rawCell(value: unknown, column: string): RawCell {
  for (const part of Array.isArray(value) ? (value as unknown[]) : [value]) {
    requireSoundText(textOf(part as RawCell, column), column);
  }
  return value as RawCell;
}
