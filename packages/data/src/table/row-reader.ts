import type { BadLines } from '../read/bad-lines.ts';
import type { TableConfig, TableIds } from '../config/table.ts';
import type { CsvEncoding } from '../encoding/encoding.ts';
import type { Cells } from '../cells/cells.ts';
import { Dictionary } from '../cells/dictionary.ts';
import { Growable } from '../cells/growable.ts';
import { CHUNK_ROWS, type Section } from '../chunks/chunk.ts';
import { ChunkList } from '../chunks/chunk-list.ts';
import { narrowed } from '../chunks/narrowed.ts';
import type { Scratch } from '../chunks/scratch.ts';
import { float32Writer, uint32Writer } from '../chunks/section-writer.ts';
import { mergedCodes, valuesMessage } from '../parts/value-message.ts';
import { nameOfSource } from '../records/read-records.ts';
import type { RecordHandler } from '../records/record-handler.ts';
import { CellFault, faultText, InputFault, orderIn, type Cell } from '../columns/cell.ts';
import { rowFilter } from './row-filter.ts';
import { rowWeightIn } from '../columns/weight-column.ts';
import type { InputColumn } from '../columns/column.ts';
import { DenseColumn } from '../columns/dense-column.ts';
import { FeatureColumn } from '../columns/feature-column.ts';
import { IdTable } from '../columns/id-table.ts';
import { denseColumns, idsOfTables, tableNameOf } from '../columns/id-tables.ts';
import { RecordView } from './record-view.ts';
import type { SideTable } from './side-table.ts';
import { labelRule } from '../columns/label-rule.ts';

/** What a reader counts beside its rows. */
export interface PartCounts extends Pick<
  RowReader,
  'rows' | 'records' | 'filtered' | 'badCells' | 'unmatched'
> {
  /** By feature. */
  readonly missing: readonly number[];
}

/** Turns records into chunks of columns. A faulty record adds no row. */
export class RowReader implements RecordHandler {
  readonly tables: ReadonlyMap<string, IdTable>;
  readonly badLines: BadLines;
  /** Rows so far, after `distinct`. */
  rows = 0;
  /** Sound records so far. */
  records = 0;
  dense: readonly DenseColumn[] = [];
  features: readonly FeatureColumn[] = [];
  readonly labels = new Growable((length) => new Uint8Array(length));
  /** The number that a split by column goes by. */
  readonly splitNumbers = new Growable((length) => new Float64Array(length));
  /** The columns, with the sections of dense columns, features, and those of weights and groups that there are. */
  readonly chunks = new ChunkList();
  /** With `negatives`: who each row is about, numbered by first appearance. */
  readonly users = new Growable((length) => new Uint32Array(length));
  readonly items = new Growable((length) => new Uint32Array(length));
  readonly userNames = new Dictionary('config.negatives.user');
  readonly itemNames = new Dictionary('config.negatives.item');
  /** Records that were left out: by the filters, and those without a positive label where negatives are drawn. */
  filtered = 0;
  /** Number of values that became missing, by dense column or feature. */
  readonly badCells: Record<string, number> = {};
  exact: ReadonlySet<string> = new Set();
  readonly #config: TableConfig;
  readonly #sides: readonly SideTable[];
  readonly #scoring: CsvEncoding | undefined;
  /** Vocabularies and statistics to keep. */
  readonly #known: CsvEncoding | undefined;
  /** The code of a key is its row. */
  readonly #keys = new Dictionary('config.distinct');
  #header: readonly string[] = [];
  #view: RecordView | undefined;
  #label: () => number = () => 0;
  #distinct: readonly Cell[] = [];
  #filters: readonly (() => boolean)[] = [];
  #splitNumber: (() => number) | undefined;
  readonly #weights = float32Writer();
  /** Groups are numbered by first appearance. */
  readonly #groups = uint32Writer();
  /** Rows of the chunk under way. */
  #rowsOfChunk = 0;
  #weight: Cell | undefined;
  #group: Cell | undefined;
  #pair: { readonly user: Cell; readonly item: Cell } | undefined;
  readonly #groupCodes = new Dictionary('config.group');

  /** `config` and its joins have resolved paths; `scoring` and `extending`, of which there is one at most, fit it. */
  constructor(parts: {
    readonly config: TableConfig;
    readonly sides: readonly SideTable[];
    readonly badLines: BadLines;
    readonly scoring: CsvEncoding | undefined;
    readonly extending: CsvEncoding | undefined;
  }) {
    const { config, sides, badLines, scoring } = parts;
    const known = scoring ?? parts.extending;
    const tableOf = (name: string, ids: TableIds) => {
      const given = known?.tables.find(({ table }) => table === name);
      const isComplete = scoring !== undefined;
      return new IdTable(name, ids, given && { table: given, isComplete }, config.vocabularyLimit);
    };
    this.tables = new Map([...idsOfTables(config)].map(([name, ids]) => [name, tableOf(name, ids)]));
    this.#known = known;
    this.badLines = badLines;
    this.#config = config;
    this.#sides = sides;
    this.#scoring = scoring;
  }

  /** Rows for which a side table had no partner, by its path. */
  get unmatched(): Readonly<Record<string, number>> {
    return this.#view?.unmatched ?? {};
  }

  /** @throws `data/unknown-column`, `data/duplicate-column` */
  header(names: readonly string[]): Iterable<number> {
    const { label, distinct, features, split, where, weight, group, negatives, naValues } = this.#config;
    const versus = 'versus' in label ? label.versus : undefined;
    const view = new RecordView(nameOfSource(this.#config), names, this.#sides, { versus, naValues });
    const optional = (name: string | undefined) => (name === undefined ? undefined : view.cell(name));
    this.#header = names;
    this.#view = view;
    this.#filters = where.map((filter) => rowFilter(filter, view.cell(filter.column)));
    this.#label = labelRule(label, view);
    this.#distinct = (distinct ?? []).map((name) => view.cell(name));
    this.dense = denseColumns(this.#config).map(
      (config, i) => new DenseColumn(config, view.cell(config.column), this.#known?.dense[i]),
    );
    this.features = features.map((config, f) => {
      const cells = {
        value: view.cell(config.column),
        cross: optional(config.cross),
        weights: optional(config.weights),
      };
      return new FeatureColumn(
        config,
        cells,
        this.tables.get(tableNameOf(config))!,
        this.#known?.features[f],
      );
    });
    const ids = [...(distinct ?? []), group, negatives?.user, negatives?.item].filter(
      (name) => name !== undefined,
    );
    this.exact = new Set([...this.features.flatMap(({ exactColumns }) => exactColumns), ...ids]);
    this.#weight = optional(weight);
    this.#group = optional(group);
    this.#pair = negatives && { user: view.cell(negatives.user), item: view.cell(negatives.item) };
    if (split.by === 'column' && !this.#scoring) {
      const isTime = [split.testFrom, split.validationFrom].some((bound) => typeof bound === 'string');
      const cell = view.cell(split.column);
      this.#splitNumber = () => orderIn(cell, isTime);
    }
    return view.positions;
  }

  record(cells: Cells, line: number): void {
    try {
      this.#view!.load(cells);
      const label = this.#filters.every((passes) => passes()) ? this.#label() : undefined;
      if (label === undefined || (this.#pair && label === 0)) this.filtered++;
      else {
        this.#read(label);
        this.records++;
      }
    } catch (fault) {
      if (!(fault instanceof CellFault)) throw fault;
      this.fault(fault, line);
    }
  }

  fault(fault: CellFault, line: number): void {
    const { column: name, rule, got } = fault;
    const at = this.#header.indexOf(name);
    const column = at < 0 ? name : `${at + 1} (${name})`;
    const text = faultText(got);
    const file = nameOfSource(this.#config);
    const bad = { kind: 'malformed-line' as const, file, line, column, rule, got: text };
    if (fault instanceof InputFault) this.badLines.refuse(bad);
    else this.badLines.add(bad);
  }

  #read(label: number): void {
    if (this.#pair) for (const cell of Object.values(this.#pair)) requireValue(cell);
    const key = this.#distinct.length > 0 ? keyOf(this.#distinct) : undefined;
    const earlier = key ? this.#keys.find(key, 0, key.length) : -1;
    if (earlier >= 0) {
      this.labels.set(earlier, Math.max(this.labels.get(earlier), label));
      return;
    }
    const row = this.#rowsOfChunk;
    for (const column of this.dense) this.#readInput(column, row);
    if (this.#splitNumber !== undefined) this.splitNumbers.set(this.rows, this.#splitNumber());
    if (this.#weight !== undefined) this.#weights.set(row, rowWeightIn(this.#weight));
    // Features last: what they add to a dictionary could not be taken back.
    for (const column of this.features) this.#readInput(column, row);
    for (const column of this.features) column.commit();
    if (this.#group !== undefined) this.#groups.set(row, codeIn(this.#groupCodes, this.#group));
    if (this.#pair) {
      this.users.set(this.rows, codeIn(this.userNames, this.#pair.user));
      this.items.set(this.rows, codeIn(this.itemNames, this.#pair.item));
    }
    this.labels.set(this.rows, label);
    if (key) this.#keys.codeIn(key, 0, key.length);
    this.rows++;
    if (++this.#rowsOfChunk === CHUNK_ROWS) this.#endChunk();
  }

  /** To be called after the last record. */
  finish(): void {
    if (this.#rowsOfChunk > 0) this.#endChunk();
  }

  #endChunk(): void {
    const rows = this.#rowsOfChunk;
    const sections: Section[] = this.dense.flatMap((column) => column.take(rows));
    for (const column of this.features) {
      const own = column.take(rows);
      column.see(own);
      sections.push(...own);
    }
    if (this.#weight) sections.push(this.#weights.take(rows));
    if (this.#group) sections.push(this.#groups.takePacked(rows, narrowed));
    // Of the labels, which `distinct` may still change.
    sections.push(new Uint8Array(rows));
    this.chunks.push(sections);
    for (const table of this.tables.values()) table.endChunk(this.chunks.length);
    this.#rowsOfChunk = 0;
  }

  /** The columns of the source. */
  get names(): readonly string[] {
    return this.#header;
  }

  /** Of a part that was read: labels, and what a split by a column goes by. */
  get rowNumbers(): Section[] {
    const { rows, labels, splitNumbers } = this;
    return [labels.slice(0, rows), this.#splitNumber ? splitNumbers.slice(0, rows) : new Float64Array(0)];
  }

  groupValues(): Uint8Array {
    return valuesMessage(this.#groupCodes);
  }

  /** @returns the number of each group, by that in a part */
  mergeGroups(values: Uint8Array): Uint32Array {
    return mergedCodes(values, this.#groupCodes);
  }

  /** Takes what another reader counted in a part, whose chunks are pushed apart. @param numbers its `rowNumbers` */
  addPart(part: PartCounts, [labels, splitNumbers]: readonly Section[]): void {
    for (let row = 0; row < part.rows; row++) {
      this.labels.set(this.rows + row, labels![row]!);
      if (splitNumbers!.length > 0) this.splitNumbers.set(this.rows + row, splitNumbers![row]!);
    }
    this.rows += part.rows;
    this.records += part.records;
    this.filtered += part.filtered;
    part.missing.forEach((count, f) => (this.features[f]!.missing += count));
    addCounts(this.badCells, part.badCells);
    addCounts(this.#view!.unmatched, part.unmatched);
  }

  /** Bytes in memory of what can be stored. */
  get bytes(): number {
    return [...this.tables.values()].reduce((sum, { bytes }) => sum + bytes, this.chunks.bytes);
  }

  async store(scratch: Scratch): Promise<void> {
    await this.chunks.store(scratch);
    for (const table of this.tables.values()) await table.store(scratch);
  }

  #readInput(column: InputColumn, row: number): void {
    try {
      column.read(row);
    } catch (fault) {
      const { onBadCell } = this.#config;
      if (!(fault instanceof CellFault) || onBadCell === 'row') throw fault;
      if (onBadCell === 'fail') throw new InputFault(fault.column, fault.rule, fault.got);
      this.badCells[column.name] = (this.badCells[column.name] ?? 0) + 1;
      column.readMissing(row);
    }
  }
}

function addCounts(counts: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) counts[name] = (counts[name] ?? 0) + count;
}

function codeIn(dictionary: Dictionary, { bytes, start, end }: Cell): number {
  return dictionary.codeIn(bytes, start, end);
}

/** @throws CellFault */
function requireValue(cell: Cell): void {
  if (cell.isEmpty) throw cell.fault('must not be empty, for negatives are drawn by it');
}

/** The bytes of several cells, with their lengths. */
function keyOf(cells: readonly Cell[]): Uint8Array {
  const length = cells.reduce((sum, { start, end }) => sum + 4 + end - start, 0);
  const key = new Uint8Array(length);
  const view = new DataView(key.buffer);
  let at = 0;
  for (const { bytes, start, end } of cells) {
    view.setUint32(at, end - start);
    key.set(bytes.subarray(start, end), at + 4);
    at += 4 + end - start;
  }
  return key;
}
