import { bytesOf } from '../cells/cells.ts';
import type { JoinConfig } from '../config/table.ts';
import type { RawCell } from '../encoding/raw-rows.ts';
import { textOf } from '../encoding/readers.ts';
import type { BadLines } from '../read/bad-lines.ts';
import { Cell } from '../columns/cell.ts';
import { readSideTable, type SideTable } from '../table/side-table.ts';
import type { Reading } from './record-handler.ts';

interface Side {
  readonly table: SideTable;
  readonly key: Cell;
  readonly cells: readonly Cell[];
}

/** Looks up the columns of other files for raw rows, as a config joins them. Columns that a row has itself, and those whose key it lacks, are left alone. */
export class RowJoins {
  readonly #sides: readonly Side[];

  readonly #unmatched: Record<string, number>;

  private constructor(tables: readonly SideTable[], unmatched: Record<string, number>) {
    this.#unmatched = unmatched;
    this.#sides = tables.map((table) => ({
      table,
      key: new Cell(table.on),
      cells: table.columns.map((name) => new Cell(name)),
    }));
  }

  /**
   * Reads the side tables that have a wanted column, or all. Their paths are resolved. Rows that have none in a side table are counted in `unmatched`, by
   * its path.
   */
  static async read(
    {
      join: joins = [],
      wanted,
    }: { readonly join?: readonly JoinConfig[] | undefined; readonly wanted?: readonly string[] | undefined },
    badLines: BadLines,
    reading: Omit<Reading, 'phase'>,
    unmatched: Record<string, number>,
  ): Promise<RowJoins> {
    const tables: SideTable[] = [];
    for (const join of wanted ? needed(joins, wanted) : joins)
      tables.push(await readSideTable(join, badLines, reading));
    return new RowJoins(tables, unmatched);
  }

  /** The columns that a source has to have for `wanted`: those that it has, and the keys of the others. */
  ofSource(wanted: readonly string[], has: (column: string) => boolean): string[] {
    const names = new Set(wanted);
    for (const { table } of this.#sides.toReversed()) {
      const looked = table.columns.filter((name) => names.has(name) && !has(name));
      for (const name of looked) names.delete(name);
      if (looked.length > 0) names.add(table.on);
    }
    return [...names];
  }

  /** Adds what is looked up. @throws CellFault for a key that is a list */
  add(row: Record<string, RawCell>): void {
    for (const { table, key, cells } of this.#sides) {
      const missing = cells.filter(({ name }) => !Object.hasOwn(row, name));
      if (missing.length === 0 || !Object.hasOwn(row, table.on)) continue;
      const bytes = bytesOf(textOf(row[table.on]!, table.on));
      key.set(bytes, 0, bytes.length);
      const at = table.find(key);
      if (at < 0) this.#unmatched[table.path] = (this.#unmatched[table.path] ?? 0) + 1;
      for (const cell of missing) {
        table.load(cell, at, cells.indexOf(cell));
        row[cell.name] = cell.text;
      }
    }
  }
}

/** The joins of wanted columns, and of the keys of these. */
function needed(joins: readonly JoinConfig[], wanted: readonly string[]): JoinConfig[] {
  const names = new Set(wanted);
  return joins
    .toReversed()
    .filter(({ on, columns }) => {
      const isNeeded = columns.some((column) => names.has(column));
      if (isNeeded) names.add(on);
      return isNeeded;
    })
    .toReversed();
}
