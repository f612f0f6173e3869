import type { TableOption, TableOptions } from './table-options.ts';

/** Sizes tried between two neighbouring options. */
const SIZES = 16;

/**
 * The best form of one table within any number of bytes: its last option that fits, or a larger size of that option. The
 * loss never rises with bytes: the sizes tried do not depend on the bytes asked for, the best one that fits is taken, and
 * none of them has a smaller loss than the next option.
 */
export class GrownOptions {
  readonly #table: TableOptions;
  /** For each option, its larger sizes by descending loss. Computed on first use. */
  readonly #grown = new Map<number, readonly TableOption[]>();

  constructor(table: TableOptions) {
    this.#table = table;
  }

  /** The best form within `bytes`. The smallest option must fit. */
  within(bytes: number): TableOption {
    const at = this.#lastWithin(bytes);
    return this.#grownFrom(at).findLast((grown) => grown.bytes <= bytes) ?? this.#table.options[at]!;
  }

  /**
   * The best of all options that fit `bytes`, each in its largest size. For a table that is planned alone: its loss may rise by
   * a little where the best option changes.
   */
  largestWithin(bytes: number): TableOption {
    const { options, price } = this.#table;
    let best = options[0]!;
    for (const option of options.slice(0, this.#lastWithin(bytes) + 1)) {
      const candidate = option.grow?.(bytes - option.overhead);
      const grown = candidate && price(option.kind, candidate);
      const largest = grown && grown.bytes <= bytes && grown.loss <= option.loss ? grown : option;
      if (largest.loss < best.loss) best = largest;
    }
    return best;
  }

  /** A lower bound of the loss of `within(bytes)`, computed without growing. O(log options). */
  leastLoss(bytes: number): number {
    const { options } = this.#table;
    const at = this.#lastWithin(bytes);
    return (options[at + 1] ?? options[at]!).loss;
  }

  #lastWithin(bytes: number): number {
    const { options } = this.#table;
    let [low, high] = [0, options.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (options[middle]!.bytes <= bytes) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #grownFrom(at: number): readonly TableOption[] {
    const known = this.#grown.get(at);
    if (known !== undefined) return known;
    const { options, price } = this.#table;
    const [option, next] = [options[at]!, options[at + 1]];
    const grown: TableOption[] = [];
    for (let k = 1; next !== undefined && k < SIZES; k++) {
      const bytes = option.bytes + Math.floor((k * (next.bytes - option.bytes)) / SIZES);
      const candidate = option.grow?.(bytes - option.overhead);
      if (candidate === undefined) continue;
      const larger = price(option.kind, candidate);
      const least = (grown.at(-1) ?? option).loss;
      if (larger.bytes <= bytes && larger.loss < least && larger.loss >= next.loss) grown.push(larger);
    }
    this.#grown.set(at, grown);
    return grown;
  }
}
