import { rowDigits } from '@ttrec/tensor-train/shapes';
import { noneNegative, type HostTensor } from '../../state/host-tensor.ts';
import type { CacheStatistics } from '../../table/table-maintenance.ts';
import { CLOCK_LENGTH } from './cache-bytes.ts';
import type { RowCacheSettings } from './cached-config.ts';
import { CachedIds } from './cached-ids.ts';
import { FrequentIds } from './frequent-ids.ts';

/** One place of the cache changes hands. */
export interface Swap {
  readonly place: number;
  readonly promoted: number;
  /** What either counts for; `evicted` is absent where the place was empty. */
  readonly promotedCount: number;
  readonly evicted?: number;
  readonly evictedCount: number;
}

const MOST = 2 ** 32 - 1;
/** What a lookup counts for, so that gradients can count for fractions of one. */
export const LOOKUP = 64;
/** An id that came once says nothing. */
const LEAST_COUNT = 2 * LOOKUP;

/** Places in the clock. */
const [STEPS, LOOKUPS, HITS, REFRESHES, EVICTIONS] = [0, 1, 2, 3, 4];

/**
 * What says which ids have a row in the cache: exact counts of those that do, sketched counts of those that do not, each in parts of
 * a lookup, and the schedule. All of it is host tensors, so that a restart goes on as if there had been none.
 */
export class RowCache extends CachedIds {
  /** [K] */
  readonly #hits: Uint32Array;
  readonly #others: FrequentIds;
  /** [p_k] a core: lookups outside the cache, by row digits. */
  readonly #digitCounts: readonly Float64Array[];
  readonly #clock = new Float64Array(CLOCK_LENGTH);
  readonly #settings: RowCacheSettings;
  readonly #digits: Uint32Array;

  /** @param path goes before the names of its tensors */
  constructor(settings: RowCacheSettings, path?: string) {
    super(settings, path);
    const { rows, counters, rowShape } = settings;
    this.#settings = settings;
    this.#hits = new Uint32Array(rows);
    this.#others = new FrequentIds(counters);
    this.#digitCounts = rowShape.map((p) => new Float64Array(p));
    this.#digits = new Uint32Array(rowShape.length);
  }

  override get hostTensors(): readonly HostTensor[] {
    const { ids, counts } = this.#others;
    const integers = (check?: (values: Uint32Array) => string | undefined) => {
      return { role: 'training', dtype: 'U32', check } as const;
    };
    const floats = { role: 'training', dtype: 'F64', check: noneNegative } as const;
    const tensors = [
      { ...integers(), name: 'hits', data: this.#hits },
      { ...integers(this.checkIds), name: 'others.ids', data: ids },
      { ...integers((values) => this.#others.check(values)), name: 'others.counts', data: counts },
      ...this.#digitCounts.map((data, k) => ({ ...floats, name: `digits${k}`, data })),
      { ...floats, name: 'clock', data: this.#clock },
    ];
    const own = tensors.map((tensor) => ({
      ...tensor,
      name: this.path + tensor.name,
      shape: [tensor.data.length],
    }));
    return [...super.hostTensors, ...own];
  }

  /** By core [p_k]: lookups outside the cache. */
  get digitCounts(): readonly Float64Array[] {
    return this.#digitCounts;
  }

  /** Counts lookups of an id in training. @param importance what they count for, an integer; LOOKUP each by default */
  count(id: number, times: number, importance = LOOKUP * times): void {
    this.#clock[LOOKUPS]! += times;
    const place = this.placeOf(id);
    if (place >= 0) {
      this.#clock[HITS]! += times;
      this.#hits[place] = Math.min(MOST, this.#hits[place]! + importance);
    } else if (importance > 0) {
      this.#others.add(id, importance);
      this.#countDigits(id, importance);
    }
  }

  /** Counts a step. @returns whether a refresh is due */
  step(): boolean {
    const { warmUp, refreshEvery } = this.#settings;
    const after = ++this.#clock[STEPS]! - warmUp;
    return after >= 0 && after % refreshEvery === 0;
  }

  /**
   * Who should have a place: empty ones go to the most frequent ids outside; a taken one changes hands only where an id
   * outside certainly came more often, since what is counted of those never exceeds the truth.
   */
  plan(): Swap[] {
    const used = this.used[0]!;
    const rising = Uint32Array.from({ length: used }, (_, place) => place);
    rising.sort((a, b) => this.#hits[a]! - this.#hits[b]! || b - a);
    const swaps: Swap[] = [];
    for (const { id, count } of this.#others.byCount()) {
      const empty = used + swaps.length < this.ids.length;
      const place = empty ? used + swaps.length : rising[swaps.length - (this.ids.length - used)];
      if (place === undefined) break;
      const evictedCount = empty ? 0 : this.#hits[place]!;
      if (count < LEAST_COUNT || count <= evictedCount) break;
      const evicted = empty ? {} : { evicted: this.ids[place]! };
      swaps.push({ place, promoted: id, promotedCount: count, ...evicted, evictedCount });
    }
    return swaps;
  }

  /** The cached ids, by place, and their counts. */
  get cached(): { readonly ids: Uint32Array; readonly counts: Uint32Array } {
    const used = this.used[0]!;
    return { ids: this.ids.slice(0, used), counts: this.#hits.slice(0, used) };
  }

  /** Carries out what `plan` said, and ages all counts. */
  apply(swaps: readonly Swap[]): void {
    this.#others.remove(new Set(swaps.map(({ promoted }) => promoted)));
    for (const { place, promoted, promotedCount, evicted, evictedCount } of swaps) {
      this.#countDigits(promoted, -promotedCount);
      this.ids[place] = promoted;
      this.#hits[place] = promotedCount;
      this.used[0] = Math.max(this.used[0]!, place + 1);
      if (evicted === undefined) continue;
      this.#clock[EVICTIONS]!++;
      if (evictedCount === 0) continue;
      this.#others.add(evicted, evictedCount);
      this.#countDigits(evicted, evictedCount);
    }
    super.stateLoaded();
    this.#age();
    this.#clock[REFRESHES]!++;
  }

  takeStatistics(): CacheStatistics {
    const [, lookups, hits, refreshes, evictions] = this.#clock as unknown as number[];
    this.#clock.fill(0, LOOKUPS);
    return { lookups: lookups!, hits: hits!, refreshes: refreshes!, evictions: evictions! };
  }

  override stateLoaded(): void {
    super.stateLoaded();
    this.#others.stateLoaded();
  }

  #age(): void {
    const { decay } = this.#settings;
    this.#others.scale(decay);
    for (let place = 0; place < this.#hits.length; place++)
      this.#hits[place] = Math.floor(this.#hits[place]! * decay);
    for (const counts of this.#digitCounts) counts.forEach((count, digit) => (counts[digit] = count * decay));
  }

  #countDigits(id: number, times: number): void {
    if (this.#digitCounts.length === 0) return;
    rowDigits(id, this.#settings.rowShape, this.#digits);
    this.#digitCounts.forEach((counts, k) => {
      const digit = this.#digits[k]!;
      // What promoted ids had was counted from below.
      counts[digit] = Math.max(0, counts[digit]! + times);
    });
  }
}
