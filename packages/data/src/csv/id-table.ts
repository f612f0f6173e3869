import type { VocabularyIds } from '../config/common.ts';
import type { CsvIds } from '../config/csv.ts';
import type { TableReport } from '../dataset.ts';
import type { CsvTableEncoding, CsvVocabulary } from '../encoding/encoding.ts';
import { csvRowLookup, repeatedValue } from '../encoding/row-lookup.ts';
import { frequencyOrder } from '../ids/frequency-order.ts';
import { policyOf, rowsForUnseen, unseenValue } from '../ids/unseen.ts';
import { Dictionary } from './dictionary.ts';

const NONE = 2 ** 32 - 1;

/** A table of an encoding, to use as it is (`isComplete`) or to extend. */
export interface GivenTable {
  readonly table: CsvTableEncoding;
  readonly isComplete: boolean;
}

/**
 * The ids of one embedding table, which features may share. While a file is read, values get codes; then they are counted; `finish` gives each
 * code its row: by frequency in training (ties by first appearance), by murmur3 of the value, or by a given vocabulary.
 */
export class IdTable {
  readonly name: string;
  readonly ids: CsvIds;
  readonly dictionary: Dictionary;
  #train = new Uint32Array(0);
  #heldOut = new Uint32Array(0);
  #rowOfCode = new Uint32Array(0);
  readonly #given: readonly string[];
  /** Whether the given vocabulary takes no further values. */
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
    // Codes are in the order of rows: the first value has code 0, and later codes are unseen values.
    given.values.forEach((value, i) => {
      if (this.dictionary.codeOf(value) === i) return;
      throw repeatedValue(given, i);
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
    const { ids, name } = this;
    const encoding: CsvTableEncoding =
      ids.kind === 'hash'
        ? { table: name, kind: 'hash', buckets: ids.buckets }
        : { table: name, kind: 'vocabulary', values: this.#valuesOf(ids), ...policyOf(ids) };
    this.#encoding = encoding;
    this.#rowOfCode = this.#rowsBy(encoding);
    const report =
      encoding.kind === 'hash'
        ? { table: name, kind: 'hash' as const, numEmbeddings: encoding.buckets }
        : this.#reportOf(encoding);
    this.#train = this.#heldOut = new Uint32Array(0);
    return report;
  }

  #valuesOf(ids: VocabularyIds): readonly string[] {
    return this.#isComplete ? this.#given : [...this.#given, ...this.#learn(ids)];
  }

  /** The row of each code. Values of the vocabulary have codes already, so that no second map is needed. */
  #rowsBy(encoding: CsvTableEncoding) {
    const { values } = this.dictionary;
    const positions = new Uint32Array(values.length).fill(NONE);
    if (encoding.kind === 'vocabulary') {
      encoding.values.forEach((value, i) => (positions[this.codeOf(value)] = i));
    }
    const rowOf = csvRowLookup(encoding, (value) => {
      const position = positions[this.codeOf(value)]!;
      return position === NONE ? undefined : position;
    });
    return Uint32Array.from(values, (value) => rowOf(value));
  }

  #reportOf(vocabulary: CsvVocabulary): TableReport {
    const { unseen = 'oov', values } = vocabulary;
    const first = rowsForUnseen(vocabulary);
    if (unseen === 'error') this.#refuseUnseen(vocabulary);
    return {
      table: this.name,
      kind: 'vocabulary',
      numEmbeddings: first + values.length,
      distinct: this.#isComplete
        ? undefined
        : this.#train.reduce((sum, count) => sum + Math.min(count, 1), 0),
      unseen,
      outOfVocabulary: {
        train: this.#shareBelow(first, this.#train),
        heldOut: this.#shareBelow(first, this.#heldOut),
      },
    };
  }

  /** No value has row 0 under this policy, so every value there is unseen. */
  #refuseUnseen(vocabulary: CsvVocabulary): void {
    const unseen = this.dictionary.values.filter(
      (_, code) => this.#rowOfCode[code] === 0 && this.#heldOut[code]! > 0,
    );
    if (unseen.length === 0) return;
    const got =
      JSON.stringify(unseen[0]) + (unseen.length > 1 ? ` and ${unseen.length - 1} more values` : '');
    throw unseenValue(`table ${this.name}, held-out rows`, vocabulary, got);
  }

  /** The values of the rows after the given ones, which have the first codes. */
  #learn(ids: VocabularyIds): readonly string[] {
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
