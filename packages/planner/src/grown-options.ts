import type { TableOption, TableOptions } from './options.ts';

/** Sizes tried between an option and the next. */
const SIZES = 16;

/**
 * What a table can be within any number of bytes: the last of its options that fits, or that one grown into what lies
 * between it and the next. The loss never rises with bytes, by construction: sizes to grow to are the same for any number
 * of bytes, the best of those that fit is taken, and none is that would lose less than the next option does.
 */
export class GrownOptions {
  readonly #table: TableOptions;
  /** Of each option, what it grows to: by rising bytes and falling loss. Made when first asked for. */
  readonly #grown = new Map<number, readonly TableOption[]>();

  constructor(table: TableOptions) {
    this.#table = table;
  }

  /** The best within `bytes`, which hold the smallest option at least. */
  within(bytes: number): TableOption {
    const at = this.#lastWithin(bytes);
    return this.#grownFrom(at).findLast((grown) => grown.bytes <= bytes) ?? this.#table.options[at]!;
  }

  /**
   * The best within `bytes` of all options, each grown to the largest that fits: for a table alone, whose loss then need not
   * fall with bytes in the same steps as that of others.
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

  /** What the loss of `within(bytes)` is not below. Grows nothing. O(log options). */
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
