import { Digest } from '../../digest.ts';
import type { SplitOfRow } from '../../split/split.ts';
import { CATEGORIES, categoryNames, INTEGERS, integerNames } from '../columns.ts';
import type { CriteoRows } from '../rows.ts';
import type { TableSource } from './table-source.ts';

/** What the pass over all rows counts. */
export class Tally {
  /** In the order of `splitNames`. */
  readonly rows = [0, 0, 0];
  readonly positives = [0, 0, 0];
  /** [39] Empty cells of I1 … I13, C1 … C26. */
  readonly #missing = new Float64Array(INTEGERS + CATEGORIES);
  readonly #splitOf: SplitOfRow;
  readonly #values: TableSource;
  readonly #splits = new Digest();
  #row = 0;

  constructor(values: TableSource, splitOf: SplitOfRow) {
    this.#values = values;
    this.#splitOf = splitOf;
  }

  add(block: CriteoRows): void {
    const splits = Uint8Array.from({ length: block.length }, () => this.#splitOf(this.#row++));
    this.#splits.add(splits);
    for (const [i, split] of splits.entries()) {
      this.rows[split]!++;
      this.positives[split]! += block.labels[i]!;
      this.#addMissing(block.emptyIntegers[i]!, 0);
      this.#addMissing(block.emptyCategories[i]!, INTEGERS);
    }
    this.#values.count(block, splits);
  }

  /** Of the split of each row. To be called once, after the last block. */
  splitDigest(): string {
    return this.#splits.finish();
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
}
