import { TRAIN, type SplitOfRow } from '../split.ts';
import { CATEGORIES, categoryNames, INTEGERS, integerNames } from './columns.ts';
import type { CriteoRows } from './rows.ts';
import type { TableSource } from './table-source.ts';

/** What the pass over all rows counts. */
export class Tally {
  /** In the order of `splitNames`. */
  readonly rows = [0, 0, 0];
  readonly positives = [0, 0, 0];
  /** [39] Empty cells of I1 … I13, C1 … C26. */
  readonly #missing = new Float64Array(INTEGERS + CATEGORIES);
  readonly #values: TableSource;
  readonly #splitOf: SplitOfRow;
  #row = 0;

  constructor(values: TableSource, splitOf: SplitOfRow) {
    this.#values = values;
    this.#splitOf = splitOf;
  }

  add(block: CriteoRows): void {
    for (let i = 0; i < block.length; i++) {
      const split = this.#splitOf(this.#row++);
      this.rows[split]!++;
      this.positives[split]! += block.labels[i]!;
      this.#addMissing(block.emptyIntegers[i]!, 0);
      this.#addMissing(block.emptyCategories[i]!, INTEGERS);
      if (this.#values.needsValues) this.#addValues(block, i, split === TRAIN);
    }
  }

  /** Empty cells by column; only those that have any. */
  get missing(): Readonly<Record<string, number>> {
    const names = [...integerNames, ...categoryNames];
    const counts = [...this.#missing].map((count, i) => [names[i]!, count] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  #addMissing(mask: number, first: number): void {
    for (let rest = mask, at = first; rest !== 0; rest >>>= 1, at++) this.#missing[at]! += rest & 1;
  }

  #addValues(block: CriteoRows, row: number, isTrain: boolean): void {
    const empty = block.emptyCategories[row]!;
    for (let c = 0; c < CATEGORIES; c++) {
      const value = block.categories[row * CATEGORIES + c]!;
      this.#values.add(value, ((empty >>> c) & 1) === 1, c, isTrain);
    }
  }
}
