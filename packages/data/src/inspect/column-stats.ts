import { LIST, listIn, type Cells } from '../cells/cells.ts';
import { Dictionary } from '../cells/dictionary.ts';
import { Growable } from '../cells/growable.ts';
import { parseDecimal } from '../cells/number.ts';
import { timeIn } from '../cells/time.ts';

/** What the cells of a column hold, those that are missing aside. */
export type ColumnType = 'empty' | 'integer' | 'number' | 'time' | 'text' | 'list';

/** Different values that are told apart; more are one value more. */
const MOST_VALUES = 1 << 20;
/** Rows whose values are kept, evenly spread. */
const KEPT_ROWS = 100_000;
const OTHER = MOST_VALUES;

/** Words that files have for a missing value. */
const NA_WORDS = new Set([
  'na',
  'n/a',
  '#n/a',
  'nan',
  'null',
  'none',
  'nil',
  'nul',
  '?',
  '-',
  '--',
  '\\n',
  'missing',
  'unknown',
]);

const EXAMPLES = 3;

/** Gathers what a column holds, row by row. */
export class ColumnStats {
  readonly name: string;
  rows = 0;
  readonly #values: Dictionary;
  readonly #counts = new Growable((length) => new Float64Array(length));
  /** The codes of every row whose number is a multiple of the stride. */
  #codes: number[] = [];
  #stride = 1;
  #empty = 0;
  #lists = 0;
  /** Cells that have no text. */
  objects = 0;

  constructor(name: string) {
    this.name = name;
    this.#values = new Dictionary(`column ${name}`, MOST_VALUES + 1);
  }

  add({ bytes, starts, ends }: Cells, at: number): void {
    const start = starts[at]!;
    const end = ends[at]!;
    if (start === end) this.#empty++;
    else if (bytes[start] === LIST) this.#lists++;
    let code = this.#values.find(bytes, start, end);
    const isNew = code < 0;
    if (isNew) code = this.#values.size < MOST_VALUES ? this.#values.codeIn(bytes, start, end) : OTHER;
    if (code !== OTHER) this.#counts.set(code, (isNew ? 0 : this.#counts.get(code)) + 1);
    if (this.rows++ % this.#stride === 0) this.#keep(code);
  }

  #keep(code: number): void {
    this.#codes.push(code);
    if (this.#codes.length < 2 * KEPT_ROWS) return;
    this.#codes = this.#codes.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  /** To be called after the last row. O(values). */
  finish(): ColumnSummary {
    const values = Array.from({ length: this.#values.size }, (_, code) => {
      const { bytes, start, end } = this.#values.sliceAt(code);
      const list = start < end && bytes[start] === LIST ? listIn(bytes, start, end) : undefined;
      return {
        text: list ? JSON.stringify(list) : this.#values.valueAt(code),
        list,
        count: this.#counts.get(code),
      };
    });
    const present = values.filter(({ text }) => text !== '');
    const words = present.filter(({ text, list }) => !list && NA_WORDS.has(text.trim().toLowerCase()));
    const known = present.filter((value) => !words.includes(value));
    const numbers = known.map(({ text }) => parseDecimal(text));
    const isNumeric =
      known.length > 0 && this.#lists === 0 && numbers.every((number) => number !== undefined);
    const isTime = () =>
      known.length > 0 && known.every(({ text }) => /\D/.test(text) && timeIn(text) !== undefined);
    const type: ColumnType =
      known.length === 0
        ? 'empty'
        : this.#lists > 0
          ? 'list'
          : isNumeric
            ? numbers.every((number) => Number.isInteger(number))
              ? 'integer'
              : 'number'
            : isTime()
              ? 'time'
              : 'text';
    // In a column of text such a word may be a value; among numbers and times it is none.
    const naValues = type === 'text' ? [] : words.map(({ text }) => text);
    const naRows = type === 'text' ? 0 : words.reduce((sum, { count }) => sum + count, 0);
    const counted = type === 'text' ? present : known;
    return {
      name: this.name,
      type,
      rows: this.rows,
      distinct: counted.length,
      isDistinctExact: this.#values.size < MOST_VALUES,
      missing: this.#empty + naRows,
      objects: this.objects,
      naValues,
      examples: counted
        .toSorted((a, b) => b.count - a.count)
        .slice(0, EXAMPLES)
        .map(({ text }) => text),
      values: counted,
      numbers: isNumeric ? counted.map(({ text }) => parseDecimal(text)!) : undefined,
      codes: this.#codes,
      textAt: (code) => (code === OTHER ? undefined : values[code]?.text),
    };
  }
}

export interface ColumnSummary {
  readonly name: string;
  readonly type: ColumnType;
  readonly rows: number;
  readonly distinct: number;
  /** False beyond 2^20 different values. */
  readonly isDistinctExact: boolean;
  /** Empty cells, and words for missing values among numbers and times. */
  readonly missing: number;
  /** Cells with an object, which count as missing. */
  readonly objects: number;
  readonly naValues: readonly string[];
  /** The most frequent values. */
  readonly examples: readonly string[];
  readonly values: readonly {
    readonly text: string;
    readonly list: readonly string[] | undefined;
    readonly count: number;
  }[];
  /** The numbers that `values` are. */
  readonly numbers: readonly number[] | undefined;
  /** The codes of evenly spread rows, the same rows in every column. */
  readonly codes: readonly number[];
  textAt(code: number): string | undefined;
}
