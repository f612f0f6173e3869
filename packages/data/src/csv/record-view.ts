import type { CsvLabel } from '../config/csv.ts';
import { CellFault, requireSound } from './cell.ts';
import { duplicateColumn, unknownColumn } from './header.ts';
import type { SideTable } from './side-table.ts';

/** Reads one column of the record that is loaded. */
export type Cell = () => string;

type Versus = Extract<CsvLabel, { versus: unknown }>['versus'];

/**
 * The columns that a config can name, over one record at a time: the file's own, those joined to it, and the two
 * sides of a contest, A with the lower id and B, in place of winner and loser.
 */
export class RecordView {
  /** Number of records without a row in a side table, by its path. */
  readonly unmatched: Record<string, number> = {};
  readonly #path: string;
  readonly #cells = new Map<string, Cell>();
  /** Columns in use. The content of others is not checked. */
  readonly #used = new Map<string, Cell>();
  #fields: readonly string[] = [];
  #joins: { readonly table: SideTable; readonly on: Cell; row: readonly string[] | undefined }[] = [];
  #contest: { readonly column: string; readonly winner: Cell; readonly loser: Cell } | undefined;
  #isAWinner = false;

  /** @throws `data/duplicate-column`, `data/unknown-column` */
  constructor(
    path: string,
    header: readonly string[],
    sides: readonly SideTable[],
    versus: Versus | undefined,
  ) {
    this.#path = path;
    header.forEach((name, at) => this.#add(name, () => this.#fields[at]!));
    for (const table of sides) this.#join(table);
    if (versus !== undefined) this.#addSides(versus);
  }

  /** @throws `data/unknown-column` */
  cell(name: string): Cell {
    const cell = this.#find(name);
    this.#used.set(name, cell);
    return cell;
  }

  /** Whether A won the contest that is loaded. */
  get isAWinner(): boolean {
    return this.#isAWinner;
  }

  /** @throws CellFault if a contest has not two sides, or a column in use is not UTF-8 */
  load(fields: readonly string[]): void {
    this.#fields = fields;
    for (const join of this.#joins) {
      join.row = join.table.rows.get(join.on());
      if (join.row === undefined)
        this.unmatched[join.table.path] = (this.unmatched[join.table.path] ?? 0) + 1;
    }
    this.#oppose();
    for (const [name, cell] of this.#used) requireSound(cell(), name);
  }

  #oppose(): void {
    if (this.#contest === undefined) return;
    const winner = this.#contest.winner();
    const loser = this.#contest.loser();
    if (winner === '' || winner === loser) {
      throw new CellFault(this.#contest.column, 'winner and loser must be two, each with an id', winner);
    }
    this.#isAWinner = isLower(winner, loser);
  }

  #find(name: string): Cell {
    const cell = this.#cells.get(name);
    if (cell === undefined) throw unknownColumn(name, this.#cells.keys(), this.#path);
    return cell;
  }

  #add(name: string, cell: Cell): void {
    if (this.#cells.has(name)) throw duplicateColumn(name, this.#path);
    this.#cells.set(name, cell);
  }

  #join(table: SideTable): void {
    const join = { table, on: this.#find(table.on), row: undefined as readonly string[] | undefined };
    this.#joins.push(join);
    table.columns.forEach((name, at) => this.#add(name, () => join.row?.[at] ?? ''));
  }

  #addSides({ winner, loser, id }: Versus): void {
    this.#contest = { column: winner + id, winner: this.#find(winner + id), loser: this.#find(loser + id) };
    const suffixes = [...this.#cells.keys()]
      .filter((name) => name.startsWith(winner))
      .map((name) => name.slice(winner.length));
    const sides = suffixes.map(
      (suffix) => [suffix, this.#find(winner + suffix), this.#find(loser + suffix)] as const,
    );
    for (const name of [...this.#cells.keys()]) {
      if (name.startsWith(winner) || name.startsWith(loser)) this.#cells.delete(name);
    }
    for (const [suffix, won, lost] of sides) {
      this.#add(`a_${suffix}`, () => (this.#isAWinner ? won() : lost()));
      this.#add(`b_${suffix}`, () => (this.#isAWinner ? lost() : won()));
    }
  }
}

/** The order of ids: by number if both are whole numbers, else by UTF-16 units. */
function isLower(a: string, b: string): boolean {
  const whole = /^[0-9]{1,15}$/;
  return whole.test(a) && whole.test(b) ? Number(a) < Number(b) : a < b;
}
