import { checkOptions } from '@ttrec/core';
import { textIn, type Cells } from '../cells/cells.ts';
import { readCsvRecords } from '../csv/read-records.ts';
import type { BadLine } from '../dataset.ts';
import type { RawCell, RawRow } from '../encoding/raw-rows.ts';
import { textOf } from '../encoding/readers.ts';
import { error } from '../error.ts';
import { readJsonObjects } from '../jsonl/read-objects.ts';
import { BadLines } from '../read/bad-lines.ts';
import { byteReader, streamReader, type Files } from '../read/read-files.ts';
import { CellFault, requireSoundText } from '../table/cell.ts';
import { duplicateColumn, positionsOf } from '../table/header.ts';
import type { Progress } from '../config/open-options.ts';
import type { Reading } from './record-handler.ts';

/** A file of rows. */
export interface RowFile {
  readonly format: 'csv' | 'jsonl';
  /** Resolved; a name in errors if `bytes` are given. */
  readonly path: string;
  /** `,` by default. CSV only. */
  readonly delimiter?: string | undefined;
  /** `"` by default. CSV only. */
  readonly quote?: string | undefined;
  /** Whether an unusable line ends reading, or is skipped and counted; `fail` by default. */
  readonly onBadLine?: 'fail' | 'skip' | undefined;
}

export interface ReadRowsOptions {
  /** The columns to take; all by default. */
  readonly columns?: readonly string[] | undefined;
  /** The bytes of the file instead of its path, such as standard input; plain or gzip. */
  readonly bytes?: AsyncIterable<Uint8Array> | undefined;
  /** Files by path instead of the file system, as for `openDataset`. */
  readonly files?: Files | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Some rows, with the line in which each starts, counted from 1, header included. */
export interface RowBlock {
  readonly rows: readonly RawRow[];
  readonly lines: readonly number[];
}

/** Blocks of rows, read once and at the pace of the reader. */
export interface RowBlocks extends AsyncIterable<RowBlock> {
  /** The bad lines so far: their number, and the first ten. */
  readonly badLines: { readonly count: number; readonly first: readonly BadLine[] };
}

/**
 * Reads the rows of a CSV file or of JSON lines as raw values, for `Encoder.encode`. Labels are not needed, and memory is constant: the rows of
 * one piece of the file (256 KiB). A cell of CSV is text. A column that an object lacks is null.
 *
 * @throws while reading, as `openDataset` does: `data/unknown-column`, `data/malformed-line`, `data/wrong-column-count`, `data/malformed-csv`, and the errors of
 * files; `data/unknown-option`
 */
export function readRows(file: RowFile, options: ReadRowsOptions = {}): RowBlocks {
  checkOptions(error, 'readRows', options, { columns: 'any', bytes: 'any', files: 'any', onProgress: 'any' });
  const badLines = new BadLines(file.onBadLine ?? 'fail');
  const { bytes, files, onProgress } = options;
  const read = bytes ? streamReader(bytes) : byteReader(files);
  const reading = { phase: 'read', onProgress, read };
  return {
    badLines,
    [Symbol.asyncIterator]: () =>
      file.format === 'csv'
        ? csvRows(file, options.columns, badLines, reading)
        : jsonRows(file, options.columns, badLines, reading),
  };
}

async function* csvRows(
  file: RowFile,
  columns: readonly string[] | undefined,
  badLines: BadLines,
  reading: Reading,
): AsyncGenerator<RowBlock> {
  const { path, delimiter = ',', quote = '"' } = file;
  let names: readonly string[] = [];
  let positions: readonly number[] = [];
  const block = new Block(path, badLines);
  const handler = {
    header(header: readonly string[]) {
      const repeated = header.find((name, at) => header.indexOf(name) !== at);
      if (repeated !== undefined) throw duplicateColumn(repeated, path);
      names = columns ?? header;
      positions = positionsOf(names, header, path);
      return positions;
    },
    fault: () => undefined,
    record({ bytes, starts, ends }: Cells, line: number) {
      block.add(names, (i) => textIn(bytes, starts[positions[i]!]!, ends[positions[i]!]!), line, positions);
    },
  };
  const pieces = readCsvRecords({ path, delimiter, quote }, handler, badLines, reading);
  try {
    while ((await pieces.next()).done !== true) yield* block.take();
  } finally {
    await pieces.return(undefined);
  }
}

async function* jsonRows(
  { path }: RowFile,
  columns: readonly string[] | undefined,
  badLines: BadLines,
  reading: Reading,
): AsyncGenerator<RowBlock> {
  const block = new Block(path, badLines);
  for await (const { objects, lines } of readJsonObjects(path, badLines, reading)) {
    objects.forEach((object, i) => {
      const names = columns ?? Object.keys(object);
      block.add(names, (c) => (Object.hasOwn(object, names[c]!) ? object[names[c]!] : null), lines[i]!);
    });
    yield* block.take();
  }
}

/** Gathers sound rows. */
class Block {
  readonly #path: string;
  readonly #badLines: BadLines;
  #rows: RawRow[] = [];
  #lines: number[] = [];

  constructor(path: string, badLines: BadLines) {
    this.#path = path;
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
    } catch (fault) {
      if (!(fault instanceof CellFault)) throw fault;
      const at = positions?.[names.indexOf(fault.column)];
      const column = at === undefined ? fault.column : `${at + 1} (${fault.column})`;
      const got = typeof fault.got === 'string' ? fault.got : JSON.stringify(fault.got);
      this.#badLines.add({ kind: 'malformed-line', file: this.#path, line, column, rule: fault.rule, got });
      return;
    }
    this.#rows.push(row);
    this.#lines.push(line);
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
