import type { Cells } from '../cells/cells.ts';
import { CellFault } from '../columns/cell.ts';
import { unknownColumn } from '../table/header.ts';
import { ByteWriter } from './byte-writer.ts';
import { PackedColumn } from './packed-column.ts';
import type { RecordHandler } from './record-handler.ts';

/** Rows as values, some at a time. */
export interface ValueBlock {
  readonly size: number;
  /** The names of the columns of these rows; not all rows need to have all. */
  readonly names: readonly string[];
  /** The value of a row, or undefined if the row lacks the column. */
  value(row: number, column: string): unknown;
  /** Where the row is, counted from 1. */
  line(row: number): number;
}

/**
 * Hands rows of values to a handler as cells. The header is the columns of the first block and those that the handler wants; a column that a row lacks is
 * missing there.
 */
export class RowWriter {
  readonly #path: string;
  readonly #handler: RecordHandler;
  readonly #wanted: readonly string[];
  readonly #seen = new Set<string>();
  readonly #writer = new ByteWriter();
  #names: readonly string[] | undefined;
  #used: readonly number[] = [];
  #cells: Cells = emptyCells(0);

  /** `wanted` are the columns that the handler will name. */
  constructor(path: string, handler: RecordHandler, wanted: readonly string[]) {
    this.#path = path;
    this.#handler = handler;
    this.#wanted = wanted;
  }

  /** Hands on rows of any columns. `keepsDigits` says that no number stands for one of more digits. */
  write(block: ValueBlock, keepsDigits = false): void {
    this.#start(block.names);
    const names = this.#names!;
    const exact = keepsDigits ? undefined : this.#handler.exact;
    for (let row = 0; row < block.size; row++) {
      this.#writeRow(block.line(row), (at) => {
        const name = names[at]!;
        this.#writer.write(block.value(row, name), name, exact?.has(name));
      });
    }
  }

  /**
   * Hands on `size` rows, of which the first is number `first`, counted from 1. The columns in use are read one after the other, and held as bytes.
   *
   * @param read returns the values of a column
   */
  async writeColumns(
    rows: { readonly names: readonly string[]; readonly first: number; readonly size: number },
    read: (name: string) => Promise<(row: number) => unknown>,
  ): Promise<void> {
    this.#start(rows.names);
    const columns: PackedColumn[] = [];
    for (const at of this.#used) {
      const name = this.#names![at]!;
      columns[at] = new PackedColumn(name, rows.size, await read(name));
    }
    for (let row = 0; row < rows.size; row++) {
      this.#writeRow(rows.first + row, (at) => columns[at]!.copy(row, this.#writer));
    }
  }

  /** @throws `data/unknown-column` if no row had a column that is wanted */
  finish(): void {
    const absent = this.#wanted.find((name) => !this.#seen.has(name));
    if (absent !== undefined) throw unknownColumn(absent, this.#seen, this.#path);
  }

  #start(names: readonly string[]): void {
    for (const name of names) this.#seen.add(name);
    if (this.#names !== undefined) return;
    this.#names = [...new Set([...names, ...this.#wanted])];
    this.#cells = emptyCells(this.#names.length);
    this.#used = [...this.#handler.header(this.#names)];
  }

  #writeRow(line: number, writeCell: (at: number) => void): void {
    const writer = this.#writer;
    const cells = this.#cells;
    writer.clear();
    try {
      for (const at of this.#used) {
        cells.starts[at] = writer.length;
        if (this.#handler.unwritable === undefined) writeCell(at);
        else this.#tryToWrite(writeCell, at);
        cells.ends[at] = writer.length;
      }
    } catch (fault) {
      if (!(fault instanceof CellFault)) throw fault;
      this.#handler.fault(fault, line);
      return;
    }
    cells.bytes = writer.bytes;
    cells.isAscii = writer.isAscii;
    this.#handler.record(cells, line);
  }

  #tryToWrite(writeCell: (at: number) => void, at: number): void {
    const start = this.#writer.length;
    try {
      writeCell(at);
    } catch (fault) {
      if (!(fault instanceof CellFault && this.#handler.unwritable!(fault))) throw fault;
      this.#writer.length = start;
    }
  }
}

function emptyCells(count: number): Cells {
  const [starts, ends] = [new Uint32Array(count), new Uint32Array(count)];
  return { bytes: new Uint8Array(0), starts, ends, count, isAscii: true, hasLists: true };
}

/** Rows as objects by column. */
export function objectBlock(
  objects: readonly Readonly<Record<string, unknown>>[],
  line: (row: number) => number,
): ValueBlock {
  const names = new Set<string>();
  for (const object of objects) for (const name of Object.keys(object)) names.add(name);
  return {
    size: objects.length,
    names: [...names],
    value: (row, column) => (Object.hasOwn(objects[row]!, column) ? objects[row]![column] : undefined),
    line,
  };
}
