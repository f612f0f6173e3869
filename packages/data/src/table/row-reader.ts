import type { BadLines } from '../read/bad-lines.ts';
import type { TableConfig, TableIds } from '../config/table.ts';
import type { CsvEncoding } from '../encoding/encoding.ts';
import type { Cells } from '../cells/cells.ts';
import { Dictionary } from '../cells/dictionary.ts';
import { Growable } from '../cells/growable.ts';
import { nameOfSource } from '../records/read-records.ts';
import type { RecordHandler } from '../records/record-handler.ts';
import { CellFault, requiredNumberIn, type Cell } from './cell.ts';
import { DenseColumn } from './dense-column.ts';
import { FeatureColumn } from './feature-column.ts';
import { IdTable } from './id-table.ts';
import { idsOfTables, tableNameOf } from './id-tables.ts';
import { RecordView } from './record-view.ts';
import type { SideTable } from './side-table.ts';
import { labelRule } from './label-rule.ts';

/** Turns the records of a CSV file into columns. A faulty record adds no row. */
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
  #splitCell: Cell | undefined;

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
      return new IdTable(name, ids, given && { table: given, isComplete: scoring !== undefined });
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
    const { label, distinct, dense, features, split } = this.#config;
    const view = new RecordView(
      nameOfSource(this.#config),
      names,
      this.#sides,
      'versus' in label ? label.versus : undefined,
    );
    this.#header = names;
    this.#view = view;
    this.#label = labelRule(label, view);
    this.#distinct = (distinct ?? []).map((name) => view.cell(name));
    this.dense = dense.map(
      (config, i) => new DenseColumn(config, view.cell(config.column), this.#known?.dense[i]!.statistics),
    );
    this.features = features.map(
      (config) => new FeatureColumn(config, view.cell(config.column), this.tables.get(tableNameOf(config))!),
    );
    if (split.by === 'column' && !this.#scoring) this.#splitCell = view.cell(split.column);
    return view.positions;
  }

  record(cells: Cells, line: number): void {
    try {
      this.#view!.load(cells);
      this.#read();
      this.records++;
    } catch (fault) {
      if (!(fault instanceof CellFault)) throw fault;
      this.fault(fault, line);
    }
  }

  fault({ column: name, rule, got }: CellFault, line: number): void {
    const at = this.#header.indexOf(name);
    const column = at < 0 ? name : `${at + 1} (${name})`;
    const text = typeof got === 'string' ? got : JSON.stringify(got);
    this.badLines.add({
      kind: 'malformed-line',
      file: nameOfSource(this.#config),
      line,
      column,
      rule,
      got: text,
    });
  }

  #read(): void {
    const label = this.#label();
    const key = this.#distinct.length > 0 ? keyOf(this.#distinct) : undefined;
    const earlier = key ? this.#keys.find(key, 0, key.length) : -1;
    if (earlier >= 0) {
      this.labels.set(earlier, Math.max(this.labels.get(earlier), label));
      return;
    }
    const row = this.rows;
    for (const column of this.dense) column.read(row);
    if (this.#splitCell !== undefined) this.splitNumbers.set(row, requiredNumberIn(this.#splitCell));
    // Features last: what they add to a dictionary could not be taken back.
    for (const column of this.features) column.read(row);
    this.labels.set(row, label);
    if (key) this.#keys.codeIn(key, 0, key.length);
    this.rows++;
  }
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
