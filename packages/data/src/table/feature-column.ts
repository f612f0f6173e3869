import type { FeatureConfig } from '../config/table.ts';
import { Dictionary } from '../cells/dictionary.ts';
import { Growable } from '../cells/growable.ts';
import { requireOneValue, valuesIn, type Cell } from './cell.ts';
import type { CsvFeatureEncoding } from '../encoding/encoding.ts';
import type { IdTable } from './id-table.ts';
import { nameOf } from './id-tables.ts';

/** The bags of a feature over all rows: row r holds `bags[bagOfRow[r]]`, or the one id `ids[r]`. */
export type EncodedFeature =
  | { readonly multiValued: false; readonly ids: Uint32Array }
  | { readonly multiValued: true; readonly bagOfRow: Uint32Array; readonly bags: readonly Uint32Array[] };

/**
 * A categorical column while its file is read. A cell is kept as a code: of its value, or, where it is split into
 * several, of the whole cell, so that each different cell is split once.
 */
export class FeatureColumn {
  readonly name: string;
  readonly table: IdTable;
  readonly multiValued: boolean;
  missing = 0;
  readonly #column: string;
  readonly #separator: string | undefined;
  readonly #cell: Cell;
  readonly #codes = new Growable((length) => new Uint32Array(length));
  readonly #cells: Dictionary;
  /** The values of each different cell, as codes of the table. */
  readonly #bags: Uint32Array[] = [];

  constructor(config: FeatureConfig, cell: Cell, table: IdTable) {
    this.name = nameOf(config);
    this.#column = config.column;
    this.#cells = new Dictionary(`column ${config.column}`);
    this.table = table;
    this.multiValued = config.separator !== undefined;
    this.#separator = config.separator;
    this.#cell = cell;
  }

  /** Takes the cell of the loaded row as row `row`. @throws CellFault */
  read(row: number): void {
    const cell = this.#cell;
    if (this.#separator === undefined) {
      requireOneValue(cell);
      this.#codes.set(row, this.table.codeOf(cell));
      return;
    }
    const code = this.#cells.codeIn(cell.bytes, cell.start, cell.end);
    if (code === this.#bags.length) {
      const parts = valuesIn(cell, this.#separator);
      this.#bags.push(Uint32Array.from(parts, (value) => this.table.dictionary.codeOf(value)));
    }
    this.#codes.set(row, code);
  }

  /** Counts the values of the rows for the table's vocabulary. O(L). */
  count(rows: number, isTrain: (row: number) => boolean): void {
    const empty = this.table.dictionary.find(new Uint8Array(0), 0, 0);
    for (let row = 0; row < rows; row++) {
      const code = this.#codes.get(row);
      const bag = this.#bags[code];
      if (bag === undefined) this.table.count(code, isTrain(row));
      else for (const value of bag) this.table.count(value, isTrain(row));
      if (bag === undefined ? code === empty : bag.length === 0) this.missing++;
    }
  }

  /** The rows' ids, once the table knows them. */
  finish(rows: number): EncodedFeature {
    const codes = this.#codes.take(rows);
    if (this.multiValued) {
      return {
        multiValued: true,
        bagOfRow: codes,
        bags: this.#bags.map((bag) => bag.map((code) => this.table.idOf(code))),
      };
    }
    // In place: a second column would need as much memory again.
    for (let row = 0; row < rows; row++) codes[row] = this.table.idOf(codes[row]!);
    return { multiValued: false, ids: codes };
  }

  get encoding(): CsvFeatureEncoding {
    return { name: this.name, column: this.#column, table: this.table.name, separator: this.#separator };
  }
}
