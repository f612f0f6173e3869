import type { CsvIds } from '../config/csv.ts';
import type { TableReport } from '../dataset.ts';
import { frequencyOrder } from '../frequency-order.ts';
import { bucketOf, murmur3 } from '../hash.ts';
import { Dictionary } from './dictionary.ts';

/**
 * One embedding table's ids, shared by every feature that names it. Codes while reading; then counts; then, by
 * `finish`, the row of each code: by frequency in training (ties by first appearance), or by murmur3 of the value.
 */
export class IdTable {
  readonly name: string;
  readonly ids: CsvIds;
  readonly dictionary = new Dictionary();
  #train = new Uint32Array(0);
  #heldOut = new Uint32Array(0);
  #rowOfCode = new Uint32Array(0);

  constructor(name: string, ids: CsvIds) {
    this.name = name;
    this.ids = ids;
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

  finish(): TableReport {
    this.#rowOfCode = new Uint32Array(this.dictionary.values.length);
    const report = this.ids.kind === 'hash' ? this.#hash(this.ids.buckets) : this.#order(this.ids);
    this.#train = this.#heldOut = new Uint32Array(0);
    return report;
  }

  #hash(buckets: number): TableReport {
    this.dictionary.values.forEach((value, code) => {
      this.#rowOfCode[code] = value === '' ? 0 : bucketOf(murmur3(value), buckets);
    });
    return { table: this.name, kind: 'hash', numEmbeddings: buckets };
  }

  #order(ids: Extract<CsvIds, { kind: 'vocabulary' }>): TableReport {
    const order = frequencyOrder(this.#train, ids);
    order.forEach((code, i) => {
      this.#rowOfCode[code] = i + 1;
    });
    return {
      table: this.name,
      kind: 'vocabulary',
      numEmbeddings: order.length + 1,
      distinct: this.#train.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
      outOfVocabulary: { train: this.#shareOutside(this.#train), heldOut: this.#shareOutside(this.#heldOut) },
    };
  }

  /** The share of lookups that go to row 0. */
  #shareOutside(counts: Uint32Array): number {
    let total = 0;
    let outside = 0;
    counts.forEach((count, code) => {
      total += count;
      if (this.#rowOfCode[code] === 0) outside += count;
    });
    return total === 0 ? 0 : outside / total;
  }
}
