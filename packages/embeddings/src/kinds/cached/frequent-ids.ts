import { scatter, slotsFor } from './id-map.ts';

/** Counters that a purge looks at to find their median. */
const SAMPLE = 1024;
const MOST = 2 ** 32 - 1;

/**
 * Counts of the frequent among any number of ids, in memory for `most` of them. A count is never above the true one, and
 * below it by at most what the purges took, the more counters the less: any id that comes often enough is here.
 *
 * Misra and Gries, "Finding repeated elements", 1982, with the purge by a sampled median of Anderson, Bevan, Lang, Liberty,
 * Rhodes and Thaler, "A high-performance algorithm for identifying frequent items in data streams", IMC 2017. Amortised
 * O(1) an id. Nothing is random, so that the same ids give the same counters.
 */
export class FrequentIds {
  /** [slots], open addressing: the ids, and their counts, 0 where there is none. */
  readonly ids: Uint32Array;
  readonly counts: Uint32Array;
  readonly #most: number;
  #size = 0;

  constructor(most: number) {
    this.#most = most;
    this.ids = new Uint32Array(slotsFor(most));
    this.counts = new Uint32Array(slotsFor(most));
  }

  /** Bytes for at most so many ids. */
  static bytes(most: number): number {
    return 8 * slotsFor(most);
  }

  /** The count of an id, or 0. */
  count(id: number): number {
    return this.counts[this.#slot(id)]!;
  }

  add(id: number, times: number): void {
    const slot = this.#slot(id);
    const isNew = this.counts[slot] === 0;
    this.ids[slot] = id;
    this.counts[slot] = Math.min(MOST, this.counts[slot]! + times);
    if (isNew && ++this.#size > this.#most) this.#purge();
  }

  /** Ages all counts: each becomes floor(count · factor), and an id that comes to 0 is forgotten. */
  scale(factor: number): void {
    this.#replace((count) => Math.floor(count * factor));
  }

  /** Forgets ids. */
  remove(removed: ReadonlySet<number>): void {
    this.#replace((count, id) => (removed.has(id) ? 0 : count));
  }

  /** The ids in use, most frequent first, of two as frequent the lower. O(n log n). */
  byCount(): { readonly id: number; readonly count: number }[] {
    const found: { id: number; count: number }[] = [];
    this.counts.forEach((count, slot) => {
      if (count > 0) found.push({ id: this.ids[slot]!, count });
    });
    return found.sort((a, b) => b.count - a.count || a.id - b.id);
  }

  /** The rule that other counts break, if they do: a sketch with more would have no free slot to end a search. */
  check(counts: Uint32Array): string | undefined {
    return inUse(counts) > this.#most ? `must hold at most ${this.#most} counts above 0` : undefined;
  }

  /** After the arrays were overwritten from outside. */
  stateLoaded(): void {
    this.#size = inUse(this.counts);
  }

  clear(): void {
    this.counts.fill(0);
    this.#size = 0;
  }

  /** Takes the median of a sample of counters off all of them: about half go. */
  #purge(): void {
    const used = this.counts.filter((count) => count > 0);
    const step = Math.ceil(used.length / SAMPLE);
    const sample = used.filter((_, i) => i % step === 0).sort();
    const median = sample[sample.length >> 1]!;
    this.#replace((count) => Math.max(0, count - median));
  }

  /** Puts what is left back in the order of the slots, from which alone the new places follow. */
  #replace(newCount: (count: number, id: number) => number): void {
    const [ids, counts] = [this.ids.slice(), this.counts.slice()];
    this.clear();
    counts.forEach((count, from) => {
      const left = count === 0 ? 0 : newCount(count, ids[from]!);
      if (left === 0) return;
      const slot = this.#slot(ids[from]!);
      this.ids[slot] = ids[from]!;
      this.counts[slot] = left;
      this.#size++;
    });
  }

  #slot(id: number): number {
    const mask = this.ids.length - 1;
    let slot = scatter(id) & mask;
    while (this.counts[slot] !== 0 && this.ids[slot] !== id) slot = (slot + 1) & mask;
    return slot;
  }
}

function inUse(counts: Uint32Array): number {
  return counts.reduce((size, count) => size + Number(count > 0), 0);
}
