import { counted } from '@ttrec/core';
import { Dictionary } from '../cells/dictionary.ts';
import { free, resized } from '../cells/growable.ts';
import { TextListWriter, type Texts } from '../cells/text-list.ts';
import type { Scratch } from '../chunks/scratch.ts';
import type { VocabularyIds } from '../config/common.ts';
import type { TableIds } from '../config/table.ts';
import type { TableReport } from '../dataset.ts';
import type { CsvTableEncoding, CsvVocabulary } from '../encoding/encoding.ts';
import { repeatedValue } from '../encoding/row-lookup.ts';
import { error } from '../error.ts';
import { CodeGenerations, DROPPED } from '../ids/code-generations.ts';
import { frequencyOrder } from '../ids/frequency-order.ts';
import { bucketOf, murmur3, murmur3In } from '../ids/hash.ts';
import { policyOf, rowsForUnseen, unseenRow, unseenValue } from '../ids/unseen.ts';
import { mergedCodes, valuesMessage } from '../parts/value-message.ts';
import { MAX_VALUES } from '../read/limits.ts';
import { TRAIN } from '../split/split.ts';
import type { Cell } from './cell.ts';

/** A table of an encoding, to use as it is (`isComplete`) or to extend. */
export interface GivenTable {
  readonly table: CsvTableEncoding;
  readonly isComplete: boolean;
}

/**
 * The ids of one embedding table, which features may share. While a file is read, values get codes. For hashed and given rows these are the ids. For a
 * vocabulary they are counted; `finish` gives each code its row: by frequency in training (ties by first appearance), or by a given vocabulary.
 *
 * The dictionary holds at most `limit` values at the end of a chunk. Where there are more, the count of rank limit / 2 is taken off all counts, and values with nothing
 * left are dropped (Misra and Gries 1982; Anderson et al., "A High-Performance Algorithm for Identifying Frequent Items in Data Streams", 2017). A value
 * that occurs more often than the sum of what was taken off is there in the end; the sum is at most 2 · lookups / limit. Codes are counted again then, so that the
 * counts that order a vocabulary are exact. A dropped value that comes again is known by 63 bits of its hash: with 10^6 values kept and 10^7 dropped, one is
 * taken for another with a chance of 10^-6.
 */
export class IdTable {
  readonly name: string;
  readonly ids: TableIds;
  readonly #limit: number;
  #dictionary: Dictionary;
  /** Of each code: lookups so far, less what was taken off. */
  #seen = new Uint32Array(0);
  #takenOff = 0;
  readonly #generations = new CodeGenerations();
  #train = new Uint32Array(0);
  #heldOut = new Uint32Array(0);
  /** Lookups of dropped values. */
  readonly #dropped = { train: 0, heldOut: 0 };
  #rowOfCode: Uint32Array = new Uint32Array(0);
  readonly #given: Texts;
  /** Whether the given vocabulary takes no further values. */
  readonly #isComplete: boolean;
  #encoding: CsvTableEncoding | undefined;

  /** @throws `data/bad-encoding` if the given vocabulary holds a value twice */
  constructor(name: string, ids: TableIds, known: GivenTable | undefined, limit: number) {
    this.name = name;
    this.#dictionary = new Dictionary(`table ${name}`, Infinity);
    this.ids = ids;
    const given = known?.table;
    this.#given = given?.kind === 'vocabulary' ? given.values : [];
    this.#limit = Math.min(MAX_VALUES, limit + this.#given.length);
    this.#isComplete = known?.isComplete ?? false;
    if (given?.kind !== 'vocabulary') return;
    // Codes are in the order of rows: the first value has code 0, and later codes are unseen values.
    let row = 0;
    for (const value of given.values)
      if (this.#dictionary.codeOf(value) !== row++) throw repeatedValue(given, row - 1);
  }

  /** Whether codes are counted, and mapped to rows once that is done. */
  get isCounted(): boolean {
    return this.ids.kind === 'vocabulary';
  }

  /** Codes of values stay the same as long as this does. */
  get generation(): number {
    return this.#generations.count;
  }

  get bytes(): number {
    return this.#generations.bytes;
  }

  /** Whether no value was dropped, or has to be. */
  get isWhole(): boolean {
    return this.#generations.count === 0 && (!this.isCounted || this.#dictionary.size <= this.#limit);
  }

  /** The values that were read, in the order of their codes. */
  partValues(): Uint8Array {
    return valuesMessage(this.#dictionary, this.#given.length);
  }

  /** Lookups of each code. */
  partCounts(): Uint8Array {
    this.#seen = resized(this.#seen, this.#dictionary.size, uint32Array);
    return new Uint8Array(this.#seen.buffer);
  }

  /** Takes the values of another reader's part. @returns the code of each, by its code there */
  mergeValues(values: Uint8Array): Uint32Array {
    return mergedCodes(values, this.#dictionary, this.#given.length);
  }

  /** Adds the counts of another reader's part. @param codes as `mergeValues` returns */
  mergeCounts(counts: Uint8Array, codes: Uint32Array): void {
    const { size } = this.#dictionary;
    if (size > this.#seen.length) this.#seen = resized(this.#seen, size, uint32Array);
    new Uint32Array(counts.slice().buffer).forEach((count, code) => (this.#seen[codes[code]!]! += count));
  }

  store(scratch: Scratch): Promise<void> {
    return this.#generations.store(scratch);
  }

  codeOf(cell: Cell): number {
    const { bytes, start, end } = cell;
    if (this.ids.kind === 'vocabulary') return this.#dictionary.codeIn(bytes, start, end);
    if (this.ids.kind === 'row') return Number(cell.text);
    return start === end ? 0 : bucketOf(murmur3In(bytes, start, end), this.ids.buckets);
  }

  codeOfText(text: string): number {
    if (this.ids.kind === 'vocabulary') return this.#dictionary.codeOf(text);
    if (this.ids.kind === 'row') return Number(text);
    return text === '' ? 0 : bucketOf(murmur3(text), this.ids.buckets);
  }

  /** Takes the codes of a chunk that has been read. */
  see(codes: Uint32Array): void {
    if (!this.isCounted) return;
    const { size } = this.#dictionary;
    if (size > this.#seen.length) this.#seen = resized(this.#seen, Math.ceil(size * 1.5), uint32Array);
    const seen = this.#seen;
    for (let at = 0; at < codes.length; at++) seen[codes[at]!]!++;
  }

  /** Drops values if there are too many, when all features have seen the chunk before `chunk`. @throws `data/too-many-values` */
  endChunk(chunk: number): void {
    const { ids } = this;
    const size = this.#dictionary.size;
    if (ids.kind !== 'vocabulary' || size <= this.#limit) return;
    if (ids.unseen === 'error') {
      throw error('too-many-values', {
        subject: `table ${this.name}`,
        rule: `must have at most ${counted(this.#limit, 'different value')} (unseen: "error")`,
        got: size,
        hint: 'Raise vocabularyLimit, or give unseen values a row.',
      });
    }
    const given = this.#given.length;
    const counts = this.#seen.slice(0, size);
    // Given values stay, and take no room from others.
    const room = this.#limit - given;
    const least = counts.slice(given).sort()[size - given - 1 - (room >> 1)]!;
    this.#takenOff += least;
    const next = new Uint32Array(2 * size);
    const kept = new Dictionary(`table ${this.name}`, Infinity);
    const seen = new Uint32Array(this.#limit);
    for (let code = 0; code < size; code++) {
      const { bytes, start, end } = this.#dictionary.sliceAt(code);
      if (code >= given && counts[code]! <= least) {
        next.set(hashIn(bytes, start, end), 2 * code);
        continue;
      }
      const moved = kept.codeIn(bytes, start, end);
      next[2 * code] = moved;
      seen[moved] = Math.max(0, counts[code]! - least);
    }
    this.#dictionary = kept;
    this.#seen = seen;
    this.#generations.end(chunk, next);
  }

  /** To be called after the last chunk and before the first `count`. */
  async startCounting(): Promise<void> {
    const { size } = this.#dictionary;
    if (this.#generations.count > 0) {
      await this.#generations.resolve(this.#finder());
      this.#seen.fill(0);
    }
    this.#train = resized(this.#seen, size, uint32Array);
    this.#heldOut = new Uint32Array(size);
  }

  /** Finds dropped values that came again. */
  #finder(): (first: number, second: number) => number {
    const ids = this.ids as VocabularyIds;
    const dictionary = this.#dictionary;
    const hashes = new Dictionary(`table ${this.name}`, Infinity);
    const codes: number[] = [];
    const key = new Uint32Array(2);
    const bytes = new Uint8Array(key.buffer);
    for (let code = 0; code < dictionary.size; code++) {
      const value = dictionary.sliceAt(code);
      key.set(hashIn(value.bytes, value.start, value.end));
      if (hashes.codeIn(bytes, 0, bytes.length) === codes.length) codes.push(code);
    }
    return (first, second) => {
      key.set([first, second]);
      const found = hashes.find(bytes, 0, bytes.length);
      return found < 0 ? DROPPED + unseenRow(ids, second) : codes[found]!;
    };
  }

  /** To be called before codes of a chunk are counted or encoded. */
  prepare(chunk: number): Promise<void> {
    return this.#generations.prepare(chunk);
  }

  /**
   * Counts codes of a chunk.
   * @param splits of the rows that they are in
   * @param of.isSeen whether `see` had them
   */
  count(
    codes: Uint32Array,
    splits: Uint8Array,
    { chunk, isSeen }: { readonly chunk: number; readonly isSeen: boolean },
  ): void {
    if (isSeen && this.#generations.count === 0) {
      this.#takeHeldOut(codes, splits);
      return;
    }
    const map = this.#generations.mapOf(chunk);
    for (let at = 0; at < codes.length; at++) {
      const code = map ? map[codes[at]!]! : codes[at]!;
      const isTraining = splits[at] === TRAIN;
      if (code >= DROPPED) this.#dropped[isTraining ? 'train' : 'heldOut']++;
      else (isTraining ? this.#train : this.#heldOut)[code]!++;
    }
  }

  /** Where no value was dropped, all codes have been counted as they were read. */
  #takeHeldOut(codes: Uint32Array, splits: Uint8Array): void {
    const [train, heldOut] = [this.#train, this.#heldOut];
    for (let at = 0; at < codes.length; at++) {
      if (splits[at] === TRAIN) continue;
      heldOut[codes[at]!]!++;
      train[codes[at]!]!--;
    }
  }

  /** Turns codes of a chunk into ids, in place, once finished. */
  encode(codes: Uint32Array, chunk: number): void {
    if (!this.isCounted) return;
    const map = this.#generations.mapOf(chunk);
    const rows = this.#rowOfCode;
    if (map === undefined) {
      for (let at = 0; at < codes.length; at++) codes[at] = rows[codes[at]!]!;
      return;
    }
    for (let at = 0; at < codes.length; at++) {
      const code = map[codes[at]!]!;
      codes[at] = code >= DROPPED ? code - DROPPED : rows[code]!;
    }
  }

  /** Known once finished. */
  get encoding(): CsvTableEncoding {
    return this.#encoding!;
  }

  /** Gives codes their rows, and frees the values. */
  finish(): TableReport {
    const { ids, name } = this;
    if (ids.kind === 'hash') {
      this.#encoding = { table: name, kind: 'hash', buckets: ids.buckets };
      return { table: name, kind: 'hash', numEmbeddings: ids.buckets };
    }
    if (ids.kind === 'row') {
      this.#encoding = { table: name, kind: 'row', rows: ids.rows };
      return { table: name, kind: 'given', numEmbeddings: ids.rows };
    }
    const dictionary = this.#dictionary;
    const rows = new Uint32Array(dictionary.size);
    this.#rowOfCode = rows;
    const learnt = this.#isComplete ? new Uint32Array(0) : this.#learn(ids);
    const texts = new TextListWriter();
    texts.addTexts(this.#given);
    texts.reserve(learnt.length, dictionary.bytes);
    for (const code of learnt) {
      const { bytes, start, end } = dictionary.sliceAt(code);
      texts.add(bytes, start, end);
    }
    const vocabulary: CsvVocabulary = {
      table: name,
      kind: 'vocabulary',
      values: texts.finish(),
      ...policyOf(ids),
    };
    this.#encoding = vocabulary;
    const first = rowsForUnseen(ids);
    for (let code = 0; code < this.#given.length; code++) rows[code] = first + code;
    for (let i = 0; i < learnt.length; i++) rows[learnt[i]!] = first + this.#given.length + i;
    for (let code = 0; code < rows.length; code++) {
      if (rows[code]! > 0) continue;
      const { bytes, start, end } = dictionary.sliceAt(code);
      rows[code] = unseenRow(vocabulary, murmur3In(bytes, start, end));
    }
    const report = this.#reportOf(vocabulary);
    dictionary.clear();
    for (const counts of [this.#train, this.#heldOut]) free(counts);
    return report;
  }

  #reportOf(vocabulary: CsvVocabulary): TableReport {
    const { unseen = 'oov', values } = vocabulary;
    const first = rowsForUnseen(vocabulary);
    if (unseen === 'error') this.#refuseUnseen(vocabulary);
    const isExact = this.#generations.count === 0;
    return {
      table: this.name,
      kind: 'vocabulary',
      numEmbeddings: first + values.length,
      distinct:
        this.#isComplete || !isExact
          ? undefined
          : this.#train.reduce((sum, count) => sum + Math.min(count, 1), 0),
      ...(!isExact && !this.#isComplete && { droppedUpTo: this.#takenOff }),
      unseen,
      outOfVocabulary: {
        train: this.#shareBelow(first, this.#train, this.#dropped.train),
        heldOut: this.#shareBelow(first, this.#heldOut, this.#dropped.heldOut),
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
      JSON.stringify(this.#dictionary.valueAt(unseen[0]!)) +
      (unseen.length > 1 ? ` and ${counted(unseen.length - 1, 'more value')}` : '');
    throw unseenValue(`table ${this.name}, held-out rows`, vocabulary, got);
  }

  /** The codes of the values of the rows after the given ones, which have the first codes. */
  #learn(ids: VocabularyIds): Uint32Array {
    const given = this.#given.length;
    const order = frequencyOrder(this.#train.subarray(given), ids, given);
    for (let i = 0; i < order.length; i++) order[i]! += given;
    return order;
  }

  /** The share of lookups that go to the rows before `first`. */
  #shareBelow(first: number, counts: Uint32Array, dropped: number): number {
    let total = dropped;
    let outside = dropped;
    counts.forEach((count, code) => {
      total += count;
      if (this.#rowOfCode[code]! < first) outside += count;
    });
    return total === 0 ? 0 : outside / total;
  }
}

const uint32Array = (length: number) => new Uint32Array(length);

/** 63 bits of hash under a bit that tells them from a code. The second word is the hash that chooses the row of an unseen value. */
function hashIn(bytes: Uint8Array, start: number, end: number): readonly [number, number] {
  return [(murmur3In(bytes, start, end, 1) | DROPPED) >>> 0, murmur3In(bytes, start, end)];
}
