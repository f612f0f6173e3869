import type { VocabularyIds } from '../config/common.ts';
import type { TableIds } from '../config/table.ts';
import type { TableReport } from '../dataset.ts';
import type { CsvTableEncoding, CsvVocabulary } from '../encoding/encoding.ts';
import { repeatedValue } from '../encoding/row-lookup.ts';
import { frequencyOrder } from '../ids/frequency-order.ts';
import { bucketOf, murmur3In } from '../ids/hash.ts';
import { policyOf, rowsForUnseen, unseenRow, unseenValue } from '../ids/unseen.ts';
import type { Cell } from './cell.ts';
import { Dictionary } from '../cells/dictionary.ts';

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
  readonly ids: TableIds;
  dictionary: Dictionary;
  #train = new Uint32Array(0);
  #heldOut = new Uint32Array(0);
  #rowOfCode: Uint32Array = new Uint32Array(0);
  readonly #given: readonly string[];
  /** Whether the given vocabulary takes no further values. */
  readonly #isComplete: boolean;
  #encoding: CsvTableEncoding | undefined;

  /** @throws `data/bad-encoding` if the given vocabulary holds a value twice */
  constructor(name: string, ids: TableIds, known: GivenTable | undefined) {
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

  codeOf({ bytes, start, end }: Cell): number {
    return this.dictionary.codeIn(bytes, start, end);
  }

  /** To be called after the last `codeOf` and before the first `count`. */
  startCounting(): void {
    this.#train = new Uint32Array(this.dictionary.size);
    this.#heldOut = new Uint32Array(this.dictionary.size);
  }

  count(code: number, isTrain: boolean): void {
    if (isTrain) this.#train[code]!++;
    else this.#heldOut[code]!++;
  }

  /** The row of a code, once finished. */
  idOf(code: number): number {
    return this.#rowOfCode[code]!;
  }

  /** Frees the values. To be called once finished. */
  release(): void {
    this.dictionary = new Dictionary(`table ${this.name}`);
  }

  /** Known once finished. */
  get encoding(): CsvTableEncoding {
    return this.#encoding!;
  }

  finish(): TableReport {
    const { ids, name, dictionary } = this;
    const rows = new Uint32Array(dictionary.size);
    this.#rowOfCode = rows;
    if (ids.kind === 'hash') {
      this.#encoding = { table: name, kind: 'hash', buckets: ids.buckets };
      for (let code = 0; code < rows.length; code++) {
        const { bytes, start, end } = dictionary.sliceAt(code);
        rows[code] = start === end ? 0 : bucketOf(murmur3In(bytes, start, end), ids.buckets);
      }
      return { table: name, kind: 'hash', numEmbeddings: ids.buckets };
    }
    if (ids.kind === 'row') {
      this.#encoding = { table: name, kind: 'row', rows: ids.rows };
      for (let code = 0; code < rows.length; code++) rows[code] = Number(dictionary.valueAt(code));
      return { table: name, kind: 'given', numEmbeddings: ids.rows };
    }
    const learnt = this.#isComplete ? new Uint32Array(0) : this.#learn(ids);
    const added = dictionary.valuesAt(learnt);
    const values = this.#given.length === 0 ? added : this.#given.concat(added);
    const vocabulary: CsvVocabulary = { table: name, kind: 'vocabulary', values, ...policyOf(ids) };
    this.#encoding = vocabulary;
    const first = rowsForUnseen(ids);
    for (let code = 0; code < this.#given.length; code++) rows[code] = first + code;
    for (let i = 0; i < learnt.length; i++) rows[learnt[i]!] = first + this.#given.length + i;
    for (let code = 0; code < rows.length; code++) {
      if (rows[code]! > 0) continue;
      const { bytes, start, end } = dictionary.sliceAt(code);
      rows[code] = unseenRow(vocabulary, murmur3In(bytes, start, end));
    }
    return this.#reportOf(vocabulary);
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
    const unseen = Array.from(this.#rowOfCode.keys()).filter(
      (code) => this.#rowOfCode[code] === 0 && this.#heldOut[code]! > 0,
    );
    if (unseen.length === 0) return;
    const got =
      JSON.stringify(this.dictionary.valueAt(unseen[0]!)) +
      (unseen.length > 1 ? ` and ${unseen.length - 1} more values` : '');
    throw unseenValue(`table ${this.name}, held-out rows`, vocabulary, got);
  }

  /** The codes of the values of the rows after the given ones, which have the first codes. */
  #learn(ids: VocabularyIds): Uint32Array {
    const given = this.#given.length;
    return frequencyOrder(this.#train.subarray(given), ids, given).map((code) => given + code);
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
