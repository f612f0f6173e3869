import { Dictionary } from '../cells/dictionary.ts';
import { CHUNK_ROWS, type Section } from '../chunks/chunk.ts';
import { narrowed } from '../chunks/narrowed.ts';
import { float64Writer, uint32Writer } from '../chunks/section-writer.ts';
import type { FeatureConfig } from '../config/table.ts';
import { quantileBoundaries } from '../encoding/dense-transform.ts';
import type { CsvFeatureEncoding } from '../encoding/encoding.ts';
import { float32In, requireOneValue, requireRow, valuesIn, type Cell } from './cell.ts';
import { sampledNumbers, type ColumnValues, type InputColumn } from './column.ts';
import { derivedValue } from './derived-value.ts';
import { nameOf, featureShape } from './id-tables.ts';
import type { IdTable } from './id-table.ts';
import { WeightColumn } from './weight-column.ts';

/** The cells that a feature reads. */
export interface FeatureCells {
  readonly value: Cell;
  /** Of a pair, the second value. */
  readonly cross: Cell | undefined;
  readonly weights: Cell | undefined;
}

/** Most cells of bags that are known, so that they need not be split again. */
const MAX_KNOWN = 1 << 16;

/**
 * A categorical column while its source is read. The sections of a chunk are the codes of its rows, or where cells are split into several values, the end of
 * each row's bag, the codes of all bags, and their weights if there are any. Numbers for quantiles are kept as they are until the quantiles are known.
 */
export class FeatureColumn implements InputColumn {
  readonly name: string;
  readonly table: IdTable;
  readonly multiValued: boolean;
  readonly sections: number;
  missing = 0;
  readonly #separator: string | undefined;
  readonly #cells: FeatureCells;
  /** The code of each row, or the end of its bag. */
  readonly #rows = uint32Writer();
  readonly #bags = uint32Writer();
  readonly #numbers = float64Writer();
  readonly #weights: WeightColumn | undefined;
  readonly #quantiles: number | undefined;
  /** Cells of bags, and the codes of each. */
  #known: Dictionary;
  #knownBags: Uint32Array[] = [];
  /** The codes of known bags are of this generation of the table. */
  #generation = 0;
  #encoding: CsvFeatureEncoding;
  #isMissing = false;
  #wide = new Uint32Array(CHUNK_ROWS);
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
    this.sections = this.multiValued ? (this.#weights ? 3 : 2) : 1;
    this.#encoding = given ?? featureShape(config);
    this.#derived = derivedValue(this.#encoding);
  }

  /** The columns whose equal values are one id. */
  get exactColumns(): string[] {
    const { value, cross } = this.#cells;
    if (this.#quantiles !== undefined) return [];
    return cross === undefined ? [value.name] : [value.name, cross.name];
  }

  read(row: number): void {
    const cell = this.#cells.value;
    if (this.#separator !== undefined) {
      this.#readBag(row, cell, this.#separator);
      return;
    }
    requireOneValue(cell);
    this.#isMissing = cell.isEmpty;
    if (this.#quantiles !== undefined) this.#numbers.set(row, float32In(cell));
    else if (this.#derived !== undefined) {
      const text = this.#derived(cell.text, this.#cells.cross?.text ?? '');
      this.#isMissing = text === '';
      this.#rows.set(row, this.table.codeOfText(text));
    } else {
      if (this.table.ids.kind === 'row') requireRow(cell.text, this.table.ids.rows, cell.name);
      this.#rows.set(row, this.table.codeOf(cell));
    }
  }

  readMissing(row: number): void {
    this.#cells.value.clear();
    this.#cells.cross?.clear();
    this.#cells.weights?.clear();
    this.read(row);
  }

  #readBag(row: number, cell: Cell, separator: string): void {
    if (this.#known.size >= MAX_KNOWN || this.#generation !== this.table.generation) this.#forgetBags();
    const known = this.#known.find(cell.bytes, cell.start, cell.end);
    const values = known < 0 ? valuesIn(cell, separator) : undefined;
    const { ids } = this.table;
    if (values && ids.kind === 'row') for (const value of values) requireRow(value, ids.rows, cell.name);
    const weights = this.#weights?.read(separator, values?.length ?? this.#knownBags[known]!.length);
    if (values) this.#knownBags.push(Uint32Array.from(values, (value) => this.table.codeOfText(value)));
    const bag = this.#knownBags[known < 0 ? this.#known.codeIn(cell.bytes, cell.start, cell.end) : known]!;
    const start = row === 0 ? 0 : this.#rows.get(row - 1);
    for (let i = 0; i < bag.length; i++) this.#bags.set(start + i, bag[i]!);
    if (weights) this.#weights!.write(start, weights);
    this.#rows.set(row, start + bag.length);
    this.#isMissing = bag.length === 0;
  }

  /** To be called when all of a row has been read. */
  commit(): void {
    if (this.#isMissing) this.missing++;
  }

  #forgetBags(): void {
    this.#known = new Dictionary(this.name);
    this.#knownBags = [];
    this.#generation = this.table.generation;
  }

  take(rows: number): Section[] {
    if (this.#quantiles !== undefined) return [this.#numbers.take(rows)];
    if (!this.multiValued) return [this.#rows.takePacked(rows, narrowed)];
    const length = rows === 0 ? 0 : this.#rows.get(rows - 1);
    const bags = [this.#rows.takePacked(rows, narrowed), this.#bags.takePacked(length, narrowed)];
    return this.#weights ? [...bags, this.#weights.take(length)] : bags;
  }

  async learn(values: ColumnValues): Promise<void> {
    if (this.#quantiles === undefined) return;
    if (this.#encoding.boundaries === undefined) {
      const boundaries = quantileBoundaries(await sampledNumbers(values), this.#quantiles);
      this.#encoding = { ...this.#encoding, boundaries };
    }
    for (let bucket = 0; bucket < this.#quantiles; bucket++) this.table.codeOfText(String(bucket));
    this.table.codeOfText('');
  }

  /** Counts the values of a chunk that was read, so that a table of too many values knows which to drop. */
  see(sections: readonly Section[]): void {
    if (this.#quantiles === undefined) this.table.see(this.#codes(sections));
  }

  /** Whether the sections of a chunk that is being read have codes, the first of one value a row, the second of bags. */
  get hasCodes(): boolean {
    return this.#quantiles === undefined;
  }

  /** The codes of a chunk, of all its bags one behind the other; valid until the next call. */
  #codes(sections: readonly Section[]): Uint32Array {
    if (this.#quantiles === undefined) {
      const codes = sections[this.multiValued ? 1 : 0]!;
      if (codes instanceof Uint32Array) return codes;
      if (this.#wide.length < codes.length) this.#wide = new Uint32Array(codes.length);
      this.#wide.set(codes);
      return this.#wide.subarray(0, codes.length);
    }
    const bucketOf = derivedValue(this.#encoding)!;
    return Uint32Array.from(sections[0]!, (value) =>
      this.table.codeOfText(bucketOf(Number.isNaN(value) ? '' : String(value), '')),
    );
  }

  /** Counts the values of a chunk for the table's vocabulary. O(L). @param splits of its rows */
  count(sections: readonly Section[], chunk: number, splits: Uint8Array): void {
    if (!this.table.isCounted) return;
    const codes = this.#codes(sections);
    const isSeen = this.#quantiles === undefined;
    if (!this.multiValued) {
      this.table.count(codes, splits, { chunk: this.#chunkOf(chunk), isSeen });
      return;
    }
    const ends = sections[0]!;
    const ofCodes = new Uint8Array(codes.length);
    for (let row = 0, at = 0; row < ends.length; row++) while (at < ends[row]!) ofCodes[at++] = splits[row]!;
    this.table.count(codes, ofCodes, { chunk, isSeen });
  }

  /** The ids of a chunk, once the table knows them. */
  encode(sections: readonly Section[], chunk: number): Section[] {
    if (!this.table.isCounted && this.#quantiles === undefined) return [...sections];
    const codes = this.#codes(sections);
    this.table.encode(codes, this.#chunkOf(chunk));
    const ids = narrowed(codes);
    // The codes are overwritten by the next chunk, where they are no section.
    const own = ids.buffer === this.#wide.buffer ? ids.slice() : ids;
    return this.multiValued ? [sections[0]!, own, ...sections.slice(2)] : [own];
  }

  /** The chunk whose codes they are: those of quantiles are given when all chunks are read. */
  #chunkOf(chunk: number): number {
    return this.#quantiles === undefined ? chunk : Infinity;
  }

  /** Known once learnt. */
  get encoding(): CsvFeatureEncoding {
    return this.#encoding;
  }
}
