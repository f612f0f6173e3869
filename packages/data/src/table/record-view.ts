import { bytesOf, type Cells } from '../cells/cells.ts';
import type { LabelConfig } from '../config/table.ts';
import { Cell, CellFault, isEqual, requireSound } from '../columns/cell.ts';
import { duplicateColumn, unknownColumn } from './header.ts';
import type { SideTable } from './side-table.ts';

type Versus = Extract<LabelConfig, { versus: unknown }>['versus'];

/** Loads a cell with a column of the row. */
type Load = (cell: Cell, row: Cells) => void;

interface Column {
  readonly load: Load;
  /** Its position, if it is a column of the source as it is. */
  readonly at: number | undefined;
  /** The columns of the source that it reads. */
  readonly positions: readonly number[];
}

/**
 * The columns that a config can name, over one row at a time: those of the source, those joined to it, and the two
 * sides of a contest, A with the lower id and B, in place of winner and loser.
 */
export class RecordView {
  /** Number of rows without a row in a side table, by its path. */
  readonly unmatched: Record<string, number> = {};
  readonly #path: string;
  readonly #naValues: readonly Uint8Array[];
  readonly #columns = new Map<string, Column>();
  readonly #positions = new Set<number>();
  /** Columns in use. The content of others is not checked. */
  readonly #used = new Map<string, Cell>();
  readonly #sources: { readonly cell: Cell; readonly at: number }[] = [];
  /** Columns in use that are joined, or of a side. */
  readonly #others: { readonly cell: Cell; readonly load: Load }[] = [];
  readonly #joins: { readonly table: SideTable; readonly on: Load; readonly key: Cell; row: number }[] = [];
  #contest: { readonly winner: Cell; readonly loser: Cell; readonly loads: readonly Load[] } | undefined;
  #isAWinner = false;

  /** @throws `data/duplicate-column`, `data/unknown-column` */
  constructor(
    path: string,
    header: readonly string[],
    sides: readonly SideTable[],
    { versus, naValues }: { readonly versus: Versus | undefined; readonly naValues: readonly string[] },
  ) {
    this.#path = path;
    this.#naValues = naValues.map(bytesOf);
    header.forEach((name, at) =>
      this.#add(name, [at], (cell, { bytes, starts, ends }) => cell.set(bytes, starts[at]!, ends[at]!), at),
    );
    for (const table of sides) this.#join(table);
    if (versus !== undefined) this.#addSides(versus);
  }

  /** The cell that holds a column of the row that is loaded. @throws `data/unknown-column` */
  cell(name: string): Cell {
    const known = this.#used.get(name);
    if (known) return known;
    const cell = new Cell(name);
    const { load, at } = this.#use(name);
    if (at === undefined) this.#others.push({ cell, load });
    else this.#sources.push({ cell, at });
    this.#used.set(name, cell);
    return cell;
  }

  /** The positions of the columns of the source that are in use. */
  get positions(): Iterable<number> {
    return this.#positions;
  }

  /** Whether A won the contest that is loaded. */
  get isAWinner(): boolean {
    return this.#isAWinner;
  }

  /** @throws CellFault if a contest has not two sides, or a column in use is not UTF-8 */
  load(row: Cells): void {
    for (const join of this.#joins) {
      join.on(join.key, row);
      join.row = join.table.find(join.key);
      if (join.row < 0) this.unmatched[join.table.path] = (this.unmatched[join.table.path] ?? 0) + 1;
    }
    this.#oppose(row);
    // Joined cells were checked when they were read.
    const isKnownAscii = row.isAscii && this.#joins.length === 0;
    const { bytes, starts, ends } = row;
    for (const { cell, at } of this.#sources) {
      cell.set(bytes, starts[at]!, ends[at]!);
      this.#finish(cell, row.isAscii);
    }
    for (const { cell, load } of this.#others) {
      load(cell, row);
      this.#finish(cell, isKnownAscii);
    }
  }

  #finish(cell: Cell, isKnownAscii: boolean): void {
    for (const value of this.#naValues) if (isEqual(cell, value)) cell.clear();
    requireSound(cell, isKnownAscii);
  }

  #oppose(row: Cells): void {
    if (this.#contest === undefined) return;
    const { winner, loser, loads } = this.#contest;
    loads[0]!(winner, row);
    loads[1]!(loser, row);
    const [won, lost] = [winner.text, loser.text];
    if (won === '' || won === lost) {
      throw new CellFault(winner.name, 'winner and loser must be two, each with an id', won);
    }
    this.#isAWinner = isLower(won, lost);
  }

  #find(name: string): Column {
    const column = this.#columns.get(name);
    if (column === undefined) throw unknownColumn(name, this.#columns.keys(), this.#path);
    return column;
  }

  #use(name: string): Column {
    const column = this.#find(name);
    for (const at of column.positions) this.#positions.add(at);
    return column;
  }

  #add(name: string, positions: readonly number[], load: Load, at?: number): void {
    if (this.#columns.has(name)) throw duplicateColumn(name, this.#path);
    this.#columns.set(name, { load, positions, at });
  }

  #join(table: SideTable): void {
    const join = { table, on: this.#use(table.on).load, key: new Cell(table.on), row: -1 };
    this.#joins.push(join);
    table.columns.forEach((name, at) => this.#add(name, [], (cell) => table.load(cell, join.row, at)));
  }

  #addSides({ winner, loser, id }: Versus): void {
    const loads = [this.#use(winner + id).load, this.#use(loser + id).load];
    this.#contest = { winner: new Cell(winner + id), loser: new Cell(loser + id), loads };
    const suffixes = [...this.#columns.keys()]
      .filter((name) => name.startsWith(winner))
      .map((name) => name.slice(winner.length));
    const sides = suffixes.map(
      (suffix) => [suffix, this.#find(winner + suffix), this.#find(loser + suffix)] as const,
    );
    for (const name of [...this.#columns.keys()]) {
      if (name.startsWith(winner) || name.startsWith(loser)) this.#columns.delete(name);
    }
    for (const [suffix, won, lost] of sides) {
      const positions = [...won.positions, ...lost.positions];
      this.#add(`a_${suffix}`, positions, (cell, row) => (this.#isAWinner ? won : lost).load(cell, row));
      this.#add(`b_${suffix}`, positions, (cell, row) => (this.#isAWinner ? lost : won).load(cell, row));
    }
  }
}

/** The order of ids: by number if both are whole numbers, else by UTF-16 units. */
function isLower(a: string, b: string): boolean {
  const whole = /^[0-9]{1,15}$/;
  return whole.test(a) && whole.test(b) ? Number(a) < Number(b) : a < b;
}
