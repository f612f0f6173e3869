import type { Cells } from '../cells/cells.ts';
import type { OpenOptions } from '../config/open-options.ts';
import type { ByteReader } from '../read/read-files.ts';

/** Called in order, while records are read. */
export interface RecordHandler {
  /** The names of the columns. */
  header(names: readonly string[]): void;
  /** The cells have the order of the names. They are valid until the call returns. `line` counts from 1. */
  record(cells: Cells, line: number): void;
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
