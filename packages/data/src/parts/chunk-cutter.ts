import { powerOfTwo } from '@ttrec/core';
import { narrowed } from '../chunks/narrowed.ts';
import { CHUNK_ROWS, type Section } from '../chunks/chunk.ts';
import type { RowLayout } from '../stored-rows/row-layout.ts';

/** Cuts chunks of any number of rows anew: those of all parts, one behind the other, into chunks as one reader makes them. */
export class ChunkCutter {
  readonly #columns: readonly Column[];
  readonly #onChunk: (sections: Section[]) => void;
  #rows = 0;

  constructor({ features, groups, labels }: RowLayout, onChunk: (sections: Section[]) => void) {
    const bags = new Map(features.map((feature) => [feature.first, feature]));
    const columns: Column[] = [];
    for (let at = 0; at <= labels;) {
      const { multiValued = false, weighted = false } = bags.get(at) ?? {};
      columns.push(
        multiValued ? new BagColumn(at, weighted) : new RowColumn(at, bags.has(at) || at === groups),
      );
      at += multiValued ? 2 + Number(weighted) : 1;
    }
    this.#columns = columns;
    this.#onChunk = onChunk;
  }

  push(sections: readonly Section[], rows: number): void {
    for (let at = 0; at < rows;) {
      const end = Math.min(rows, at + CHUNK_ROWS - this.#rows);
      for (const column of this.#columns) column.append(sections, at, end, this.#rows);
      this.#rows += end - at;
      at = end;
      if (this.#rows === CHUNK_ROWS) this.finish();
    }
  }

  /** Ends the last chunk. */
  finish(): void {
    if (this.#rows === 0) return;
    this.#onChunk(this.#columns.flatMap((column) => column.take(this.#rows)));
    this.#rows = 0;
  }
}

interface Column {
  /** Adds rows `start … end - 1` behind `rows` that are there. */
  append(sections: readonly Section[], start: number, end: number, rows: number): void;
  take(rows: number): Section[];
}

/** A number a row. */
class RowColumn implements Column {
  readonly #at: number;
  readonly #isPacked: boolean;
  #values: Section | undefined;

  /** @param isPacked whether integers take as few bytes as each chunk allows */
  constructor(at: number, isPacked: boolean) {
    this.#at = at;
    this.#isPacked = isPacked;
  }

  append(sections: readonly Section[], start: number, end: number, rows: number): void {
    const own = sections[this.#at]!;
    this.#values ??= like(own, CHUNK_ROWS, this.#isPacked);
    this.#values.set(own.subarray(start, end), rows);
  }

  take(rows: number): Section[] {
    const values = this.#values!;
    this.#values = undefined;
    const taken = rows === values.length ? values : values.slice(0, rows);
    return [this.#isPacked && taken instanceof Uint32Array ? narrowed(taken) : taken];
  }
}

/** The end of the bag of each row, the codes of all bags, and their weights if there are any. */
class BagColumn implements Column {
  readonly #at: number;
  readonly #lists: readonly number[];
  #ends = new Uint32Array(CHUNK_ROWS);
  #values: Section[] = [];
  #length = 0;

  constructor(at: number, weighted: boolean) {
    this.#at = at;
    this.#lists = weighted ? [at + 1, at + 2] : [at + 1];
  }

  append(sections: readonly Section[], start: number, end: number, rows: number): void {
    const ends = sections[this.#at]!;
    const [first, last] = [start === 0 ? 0 : ends[start - 1]!, ends[end - 1]!];
    const length = this.#length + last - first;
    for (let row = start; row < end; row++)
      this.#ends[rows + row - start] = ends[row]! - first + this.#length;
    this.#lists.forEach((at, i) => {
      const own = sections[at]!;
      const values = (this.#values[i] ??= like(own, CHUNK_ROWS, true));
      if (values.length < length) {
        this.#values[i] = like(own, powerOfTwo(length), true);
        this.#values[i].set(values.subarray(0, this.#length));
      }
      this.#values[i].set(own.subarray(first, last), this.#length);
    });
    this.#length = length;
  }

  take(rows: number): Section[] {
    const taken = [
      this.#ends.slice(0, rows),
      ...this.#values.map((values) => values.slice(0, this.#length)),
    ].map((section) => (section instanceof Uint32Array ? narrowed(section) : section));
    this.#length = 0;
    return taken;
  }
}

/** Room for numbers like those of a section: of packed integers, for any. */
function like(section: Section, length: number, isPacked: boolean): Section {
  if (isPacked && !(section instanceof Float32Array) && !(section instanceof Float64Array))
    return new Uint32Array(length);
  return new (section.constructor as new (length: number) => Section)(length);
}
