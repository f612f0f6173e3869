import type { CsvIds } from '../config/csv.ts';
import type { TableReport } from '../dataset.ts';
import type { CsvTableEncoding } from '../encoding/encoding.ts';
import { error } from '../error.ts';
import { frequencyOrder } from '../frequency-order.ts';
import { policyOf, rowsForUnseen, unseenRow, unseenValue } from '../encoding/unseen.ts';
import { bucketOf, murmur3 } from '../hash.ts';
import { Dictionary } from './dictionary.ts';

/** A table of an encoding: all that there is, or what there is already. */
export interface GivenTable {
  readonly table: CsvTableEncoding;
  readonly isComplete: boolean;
}

/**
 * One embedding table's ids, shared by every feature that names it. Codes while reading; then counts; then, by
 * `finish`, the row of each code: by frequency in training (ties by first appearance), by murmur3 of the value, or as a
 * given vocabulary says.
 */
export class IdTable {
  readonly name: string;
  readonly ids: CsvIds;
  readonly dictionary: Dictionary;
  #train = new Uint32Array(0);
  #heldOut = new Uint32Array(0);
  #rowOfCode = new Uint32Array(0);
  readonly #given: readonly string[];
  /** Whether values that are not given get no row of their own. */
  readonly #isComplete: boolean;
  #encoding: CsvTableEncoding | undefined;

  /** @throws `data/bad-encoding` if the given vocabulary holds a value twice */
  constructor(name: string, ids: CsvIds, known: GivenTable | undefined) {
    this.name = name;
    this.dictionary = new Dictionary(`table ${name}`);
    this.ids = ids;
    const given = known?.table;
    this.#given = given?.kind === 'vocabulary' ? given.values : [];
    this.#isComplete = known?.isComplete ?? false;
    if (given?.kind !== 'vocabulary') return;
    // Codes in the order of rows: the first value has code 0, and every code behind these is unseen.
    given.values.forEach((value, i) => {
      if (this.dictionary.codeOf(value) === i) return;
      const rule = 'each value must come once';
      throw error('bad-encoding', {
        subject: `encoding, table ${name}, row ${rowsForUnseen(given) + i}`,
        rule,
        got: value,
      });
    });
  }

  codeOf(value: string): number {
    return this.dictionary.codeOf(value);
  }

  /** To be called after the last `codeOf` and before the first `count`. */
  startCounting(): void {
    this.#train = new Uint32Array(this.dictionary.values.length);
    this.#heldOut = new Uint32Array(this.dictionary.values.length);
  }

  count(code: number, isTrain: boolean): void {
    if (isTrain) this.#train[code]!++;
    else this.#heldOut[code]!++;
  }

  /** The row of a code, once finished. */
  idOf(code: number): number {
    return this.#rowOfCode[code]!;
  }

  /** Known once finished. */
  get encoding(): CsvTableEncoding {
    return this.#encoding!;
  }

  finish(): TableReport {
    this.#rowOfCode = new Uint32Array(this.dictionary.values.length);
    const report = this.ids.kind === 'hash' ? this.#hash(this.ids.buckets) : this.#vocabulary(this.ids);
    this.#train = this.#heldOut = new Uint32Array(0);
    return report;
  }

  #hash(buckets: number): TableReport {
    this.dictionary.values.forEach((value, code) => {
      this.#rowOfCode[code] = value === '' ? 0 : bucketOf(murmur3(value), buckets);
    });
    this.#encoding = { table: this.name, kind: 'hash', buckets };
    return { table: this.name, kind: 'hash', numEmbeddings: buckets };
  }

  #vocabulary(ids: Extract<CsvIds, { kind: 'vocabulary' }>): TableReport {
    const values = this.#isComplete ? this.#given : [...this.#given, ...this.#learn(ids)];
    this.#encoding = { table: this.name, kind: 'vocabulary', values, ...policyOf(ids) };
    const distinct = this.#train.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
    const first = rowsForUnseen(ids);
    this.dictionary.values.forEach((value, code) => {
      this.#rowOfCode[code] = unseenRow(ids, murmur3(value));
    });
    values.forEach((value, i) => {
      this.#rowOfCode[this.dictionary.codeOf(value)] = first + i;
    });
    if (ids.unseen === 'error') this.#refuseUnseen(values.length);
    return {
      table: this.name,
      kind: 'vocabulary',
      numEmbeddings: first + values.length,
      ...(this.#isComplete ? {} : { distinct }),
      unseen: ids.unseen,
      outOfVocabulary: {
        train: this.#shareBelow(first, this.#train),
        heldOut: this.#shareBelow(first, this.#heldOut),
      },
    };
  }

  /** Row 0 is nobody's under this policy, so that whoever was sent there is unseen. */
  #refuseUnseen(size: number): void {
    const unseen = this.dictionary.values.filter(
      (_, code) => this.#rowOfCode[code] === 0 && this.#heldOut[code]! > 0,
    );
    if (unseen.length === 0) return;
    const got =
      JSON.stringify(unseen[0]) + (unseen.length > 1 ? ` and ${unseen.length - 1} more values` : '');
    throw unseenValue(`table ${this.name}, held-out rows`, { table: this.name, size }, got);
  }

  /** The values of the rows behind those that are given, whose codes are the first. */
  #learn(ids: Extract<CsvIds, { kind: 'vocabulary' }>): readonly string[] {
    const given = this.#given.length;
    const order = frequencyOrder(this.#train.subarray(given), ids, given);
    return Array.from(order, (code) => this.dictionary.values[given + code]!);
  }

  /** The share of lookups that go to the rows before `first`. */
  #shareBelow(first: number, counts: Uint32Array): number {
    let total = 0;
    let outside = 0;
    counts.forEach((count, code) => {
      total += count;
      if (this.#rowOfCode[code]! < first) outside += count;
    });
    return total === 0 ? 0 : outside / total;
  }
}
