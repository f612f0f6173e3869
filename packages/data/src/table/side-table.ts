import { textIn, type Cells } from '../cells/cells.ts';
import { Dictionary } from '../cells/dictionary.ts';
import type { JoinConfig } from '../config/table.ts';
import { readCsvRecords } from '../csv/read-records.ts';
import type { BadLines } from '../read/bad-lines.ts';
import type { Reading } from '../records/record-handler.ts';
import { isWhole, UTF8_RULE, type Cell } from '../columns/cell.ts';
import { positionsOf } from './header.ts';

/** The columns taken from another file, by key. */
export class SideTable {
  readonly path: string;
  /** The column of the main file that holds the key. */
  readonly on: string;
  readonly columns: readonly string[];
  /** The row of each key is its code. */
  readonly #keys: Dictionary;
  readonly #values: Dictionary;
  /** [rows][columns] codes of values */
  readonly #codes: number[] = [];

  constructor({ path, on, key = on, columns }: JoinConfig) {
    this.path = path;
    this.on = on;
    this.columns = columns;
    this.#keys = new Dictionary(`${path}, column ${key}`);
    this.#values = new Dictionary(`${path}, columns ${columns.join(', ')}`);
  }

  /** Returns whether the key is new. */
  add({ bytes, starts, ends }: Cells, keyAt: number, columnsAt: readonly number[]): boolean {
    const row = this.#keys.size;
    if (this.#keys.codeIn(bytes, starts[keyAt]!, ends[keyAt]!) < row) return false;
    for (const at of columnsAt) this.#codes.push(this.#values.codeIn(bytes, starts[at]!, ends[at]!));
    return true;
  }

  /** The row of a key, or -1. */
  find({ bytes, start, end }: Cell): number {
    return this.#keys.find(bytes, start, end);
  }

  /** Loads a cell with a column of a row; it is empty for row -1. */
  load(cell: Cell, row: number, column: number): void {
    if (row < 0) {
      cell.set(cell.bytes, 0, 0);
      return;
    }
    const { bytes, start, end } = this.#values.sliceAt(this.#codes[row * this.columns.length + column]!);
    cell.set(bytes, start, end);
  }
}

/** Reads the file of a join, whose path is resolved. A key that comes twice is a bad line, as is what is no UTF-8. */
export async function readSideTable(
  join: JoinConfig,
  badLines: BadLines,
  reading: Omit<Reading, 'phase'>,
): Promise<SideTable> {
  const { path, on, key = on, columns } = join;
  const table = new SideTable(join);
  let keyAt = 0;
  let columnsAt: readonly number[] = [];
  const handler = {
    header(names: readonly string[]) {
      [keyAt, ...columnsAt] = positionsOf([key, ...columns], names, path) as [number, ...number[]];
      return [keyAt, ...columnsAt];
    },
    fault: () => undefined,
    record(cells: Cells, line: number) {
      const { bytes, starts, ends, isAscii } = cells;
      const textAt = (at: number) => textIn(bytes, starts[at]!, ends[at]!);
      const fault = (at: number, name: string, rule: string) => {
        const column = `${at + 1} (${name})`;
        badLines.add({ kind: 'malformed-line', file: path, line, column, rule, got: textAt(at) });
      };
      const broken = isAscii ? -1 : [keyAt, ...columnsAt].findIndex((at) => !isWhole(textAt(at)));
      if (broken >= 0) {
        fault([keyAt, ...columnsAt][broken]!, [key, ...columns][broken]!, UTF8_RULE);
      } else if (!table.add(cells, keyAt, columnsAt)) {
        fault(keyAt, key, 'a key must come once');
      }
    },
  };
  const pieces = readCsvRecords(join, handler, badLines, { ...reading, phase: `join ${path}` });
  while ((await pieces.next()).done !== true);
  return table;
}
