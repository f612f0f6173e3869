import { Dictionary } from '../cells/dictionary.ts';
import { Growable } from '../cells/growable.ts';
import type { FeatureConfig } from '../config/table.ts';
import { quantileBoundaries } from '../encoding/dense-transform.ts';
import type { CsvFeatureEncoding } from '../encoding/encoding.ts';
import { float32In, requireOneValue, requireRow, valuesIn, type Cell } from './cell.ts';
import { derivedValue } from './derived-value.ts';
import { nameOf, featureShape } from './id-tables.ts';
import type { IdTable } from './id-table.ts';
import { WeightColumn } from './weight-column.ts';

/** The bags of a feature over all rows: row r holds `bags[bagOfRow[r]]`, or the one id `ids[r]`. */
export type EncodedFeature =
  | { readonly multiValued: false; readonly ids: Uint32Array }
  | {
      readonly multiValued: true;
      readonly bagOfRow: Uint32Array;
      readonly bags: readonly Uint32Array[];
      /** The weights of row r are `weights.at(r)`, one for each id. */
      readonly weights: WeightColumn | undefined;
    };

/** The cells that a feature reads. */
export interface FeatureCells {
  readonly value: Cell;
  readonly cross: Cell | undefined;
  readonly weights: Cell | undefined;
}

/**
 * A categorical column while its source is read. A cell is kept as a code: of its value, or, where it is split into
 * several, of the whole cell, so that each different cell is split once. Numbers for quantiles are kept as they are until the quantiles are known.
 */
export class FeatureColumn {
  readonly name: string;
  readonly table: IdTable;
  readonly multiValued: boolean;
  missing = 0;
  readonly #separator: string | undefined;
  readonly #cells: FeatureCells;
  readonly #codes = new Growable((length) => new Uint32Array(length));
  readonly #known: Dictionary;
  /** The values of each different cell, as codes of the table. */
  readonly #bags: Uint32Array[] = [];
  readonly #weights: WeightColumn | undefined;
  readonly #quantiles: number | undefined;
  readonly #numbers = new Growable((length) => new Float64Array(length));
  #encoding: CsvFeatureEncoding;
  readonly #derived: ((text: string, other: string) => string) | undefined;

  /** `given` is an encoding whose boundaries are used instead of those of this source. */
  constructor(
    config: FeatureConfig,
    cells: FeatureCells,
    table: IdTable,
    given: CsvFeatureEncoding | undefined,
  ) {
    this.name = nameOf(config);
    this.#known = new Dictionary(`column ${config.column}`);
    this.table = table;
    this.multiValued = config.separator !== undefined;
    this.#separator = config.separator;
    this.#cells = cells;
    this.#quantiles = config.quantiles;
    this.#weights = cells.weights && new WeightColumn(cells.weights);
    this.#encoding = given ?? featureShape(config);
    this.#derived = derivedValue(this.#encoding);
  }

  /** Takes the cells of the loaded row as row `row`. Adds nothing if it throws. @throws CellFault */
  read(row: number): void {
    const cell = this.#cells.value;
    if (this.#separator !== undefined) {
      this.#readBag(row, cell, this.#separator);
      return;
    }
    requireOneValue(cell);
    if (this.#quantiles !== undefined) this.#numbers.set(row, float32In(cell));
    else if (this.#derived !== undefined) {
      this.#codes.set(row, this.#codeOf(this.#derived(cell.text, this.#cells.cross?.text ?? '')));
    } else {
      if (this.table.ids.kind === 'row') requireRow(cell.text, this.table.ids.rows, cell.name);
      this.#codes.set(row, this.table.codeOf(cell));
    }
  }

  /** Takes the row as one without a value. */
  readMissing(row: number): void {
    this.#cells.value.clear();
    this.#cells.cross?.clear();
    this.#cells.weights?.clear();
    this.read(row);
  }

  #codeOf(text: string): number {
    return this.table.dictionary.codeOf(text);
  }

  #readBag(row: number, cell: Cell, separator: string): void {
    const known = this.#known.find(cell.bytes, cell.start, cell.end);
    const values = known < 0 ? valuesIn(cell, separator) : undefined;
    const { ids } = this.table;
    if (values && ids.kind === 'row') for (const value of values) requireRow(value, ids.rows, cell.name);
    this.#weights?.read(row, separator, values?.length ?? this.#bags[known]!.length);
    if (values) this.#bags.push(Uint32Array.from(values, (value) => this.#codeOf(value)));
    this.#codes.set(row, known < 0 ? this.#known.codeIn(cell.bytes, cell.start, cell.end) : known);
  }

  /** Gives the numbers of quantiles their buckets. To be called before values are counted. */
  prepare(rows: number, isTrain: (row: number) => boolean): void {
    if (this.#quantiles === undefined) return;
    const numbers = this.#numbers.take(rows);
    if (this.#encoding.boundaries === undefined) {
      const known = numbers.filter((value, row) => isTrain(row) && !Number.isNaN(value));
      this.#encoding = { ...this.#encoding, boundaries: quantileBoundaries(known, this.#quantiles) };
    }
    const bucketOf = derivedValue(this.#encoding)!;
    numbers.forEach((value, row) => {
      this.#codes.set(row, this.#codeOf(bucketOf(Number.isNaN(value) ? '' : String(value), '')));
    });
  }

  /** Counts the values of the rows for the table's vocabulary. O(L). */
  count(rows: number, isTrain: (row: number) => boolean): void {
    const empty = this.table.dictionary.find(new Uint8Array(0), 0, 0);
    for (let row = 0; row < rows; row++) {
      const code = this.#codes.get(row);
      const bag = this.multiValued ? this.#bags[code]! : undefined;
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
        weights: this.#weights,
      };
    }
    // In place: a second column would need as much memory again.
    for (let row = 0; row < rows; row++) codes[row] = this.table.idOf(codes[row]!);
    return { multiValued: false, ids: codes };
  }

  /** Known once prepared. */
  get encoding(): CsvFeatureEncoding {
    return this.#encoding;
  }
}
