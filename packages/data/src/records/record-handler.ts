import type { Cells } from '../cells/cells.ts';
import type { OpenOptions } from '../config/open-options.ts';
import type { ByteReader } from '../read/read-files.ts';
import type { CellFault } from '../columns/cell.ts';

/** Called in order, while records are read. */
export interface RecordHandler {
  /** Columns whose equal values are one id, known after `header`: in these an integer of code that a number cannot hold is a fault. */
  readonly exact?: ReadonlySet<string>;
  /** Takes the names of the columns, and returns the positions of those in use. Cells of others may be left out. */
  header(names: readonly string[]): Iterable<number>;
  /** The cells have the order of the names. They are valid until the call returns. `line` counts from 1. */
  record(cells: Cells, line: number): void;
  /** Told of a cell that has no text, an object for one; returns whether it is taken as empty. Without it the row is at fault. */
  unwritable?(fault: CellFault): boolean;
  /** Takes what is wrong with a row that has no cells. */
  fault(fault: CellFault, line: number): void;
}

/** How records are read. */
export interface Reading {
  /** In the reports of progress. */
  readonly phase: string;
  readonly onProgress: OpenOptions['onProgress'];
  readonly read: ByteReader;
}

/** Reports progress every few thousand rows. */
export class RowCounter {
  rows = 0;
  readonly bytes = { bytesRead: 0, totalBytes: 0 };
  readonly #reading: Reading;
  #reported = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** To be called between pieces of the file. */
  report(): void {
    if (this.rows - this.#reported >= ROWS_PER_REPORT) this.finish();
  }

  finish(): void {
    this.#reported = this.rows;
    this.#reading.onProgress?.({ phase: this.#reading.phase, rows: this.rows, ...this.bytes });
  }
}

const ROWS_PER_REPORT = 20_000;
