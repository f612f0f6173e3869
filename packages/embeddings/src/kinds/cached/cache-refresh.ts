import { wholeBlock, type Backend, type Range } from '@ttrec/backend';
import type { TTShape } from '@ttrec/tensor-train';
import type { Gather } from '../../lookup/gather.ts';
import type { CacheStatistics, RowCache, Swap } from './row-cache.ts';
import type { TableParameter } from '../../table/table-kind.ts';
import type { TableUpkeep } from '../../table/table-upkeep.ts';
import { Workspace } from '../../lookup/workspace.ts';
import { writeBack, type CoreChange, type LearnedRows } from './write-back.ts';

/** What a refresh is to do, with all that had to be read from the backend for it. */
interface Prepared {
  readonly swaps: readonly Swap[];
  /** [swaps, D]: rows of the promoted ids as the cores have them. */
  readonly rows: Float32Array;
  readonly change: CoreChange | undefined;
}

/**
 * Moves rows between the cache and the cores, on the schedule of the cache. Reading a backend has to be awaited, so that a
 * refresh begins after a step and ends once it is read: at once where the step is awaited (`settled`, as a model does),
 * else after the step that was begun meanwhile. Never between a forward and its backward.
 */
export class CacheRefresh implements TableUpkeep {
  readonly #backend: Backend;
  readonly #cache: RowCache;
  /** [K, D] */
  readonly #rows: TableParameter;
  readonly #cores: readonly TableParameter[];
  readonly #shape: TTShape;
  readonly #tt: Gather;
  readonly #workspace: Workspace;
  #isHeld = false;
  #isDisposed = false;
  #running: Promise<void> | undefined;
  #prepared: Prepared | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: {
    readonly backend: Backend;
    readonly name: string;
    readonly cache: RowCache;
    readonly rows: TableParameter;
    readonly cores: readonly TableParameter[];
    readonly shape: TTShape;
    readonly tt: Gather;
  }) {
    this.#backend = parts.backend;
    this.#cache = parts.cache;
    this.#rows = parts.rows;
    this.#cores = parts.cores;
    this.#shape = parts.shape;
    this.#tt = parts.tt;
    this.#workspace = new Workspace(parts.backend, `${parts.name}/refresh`);
  }

  /** The cores as they would be with every cached row written back; nothing changes. */
  async writtenBack(): Promise<readonly Float32Array[]> {
    await this.settled();
    const { ids, counts } = this.#cache.cached;
    const cores = await this.#readCores();
    if (ids.length === 0) return cores;
    const rows = await this.#backend.read(this.#rows.weights);
    const values = rows.subarray(0, ids.length * this.#rows.weights.cols);
    const learned = { ids, values, counts };
    const change = writeBack({ shape: this.#shape, cores, learned, digitCounts: this.#cache.digitCounts });
    const width = this.#cores[change.core]!.weights.cols;
    change.digits.forEach((digit, s) => {
      for (let i = 0; i < width; i++)
        cores[change.core]![digit * width + i]! += change.change[s * width + i]!;
    });
    return cores;
  }

  /** A forward for training has begun, and what it has looked up must stay until its updates are enqueued. */
  hold(): void {
    this.#isHeld = true;
  }

  afterStep(): void {
    this.#isHeld = false;
    const isDue = this.#cache.step();
    if (this.#prepared) this.#apply(this.#prepared);
    if (isDue && !this.#running) this.#running = this.#run();
  }

  async settled(): Promise<void> {
    await this.#running;
    if (this.#failure) throw this.#failure.error;
  }

  /** Forgets what was prepared for numbers that are there no longer. */
  drop(): void {
    this.#isHeld = false;
    this.#prepared = undefined;
  }

  takeStatistics(): CacheStatistics {
    return this.#cache.takeStatistics();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#workspace.dispose();
  }

  /** Its failure is kept for whoever asks whether it has settled; a backend that failed fails the next read as well. */
  async #run(): Promise<void> {
    try {
      const prepared = await this.#prepare();
      if (this.#isDisposed) return;
      if (this.#isHeld) this.#prepared = prepared;
      else this.#apply(prepared);
    } catch (thrown) {
      if (!this.#isDisposed) this.#failure = { error: thrown };
    } finally {
      this.#running = undefined;
    }
  }

  /** Reads rows and cores as they are when it is called, and finds what to change; changes nothing. */
  async #prepare(): Promise<Prepared> {
    const swaps = this.#cache.plan();
    const evicted = swaps.filter((swap) => swap.evicted !== undefined);
    const counts = this.#cache.digitCounts.map((digits) => digits.slice());
    const [rows, cached, cores] = await Promise.all([
      this.#promoted(swaps),
      evicted.length > 0 ? this.#backend.read(this.#rows.weights) : new Float32Array(0),
      evicted.length > 0 ? this.#readCores() : [],
    ]);
    if (evicted.length === 0) return { swaps, rows, change: undefined };
    const learned = this.#learned(evicted, cached);
    return { swaps, rows, change: writeBack({ shape: this.#shape, cores, learned, digitCounts: counts }) };
  }

  /** Enqueues the changes. What has been trained since they were prepared stays: cores are added to, kept rows untouched. */
  #apply({ swaps, rows, change }: Prepared): void {
    this.#prepared = undefined;
    const { weights, state } = this.#rows;
    const dim = weights.cols;
    swaps.forEach(({ place }, s) => {
      this.#backend.write(weights, rows.subarray(s * dim, (s + 1) * dim), place * dim);
      if (state) this.#backend.fill({ out: { ...wholeBlock(state, 1), row: place }, value: 0 });
    });
    if (change) this.#addToCore(change);
    this.#cache.apply(swaps);
  }

  #readCores(): Promise<Float32Array[]> {
    return Promise.all(this.#cores.map(({ weights }) => this.#backend.read(weights)));
  }

  #promoted(swaps: readonly Swap[]): Promise<Float32Array> | Float32Array {
    if (swaps.length === 0) return new Float32Array(0);
    const dim = this.#rows.weights.cols;
    const out = wholeBlock(this.#workspace.matrix('promoted', swaps.length, dim), swaps.length);
    this.#tt.rows({ ids: Uint32Array.from(swaps, ({ promoted }) => promoted) }, out, false);
    return this.#backend.read(out.buffer, 0, swaps.length * dim);
  }

  #learned(evicted: readonly Swap[], cached: Float32Array): LearnedRows {
    const dim = this.#rows.weights.cols;
    const values = new Float32Array(evicted.length * dim);
    evicted.forEach(({ place }, e) => values.set(cached.subarray(place * dim, (place + 1) * dim), e * dim));
    return {
      ids: Uint32Array.from(evicted, (swap) => swap.evicted!),
      values,
      counts: evicted.map(({ evictedCount }) => evictedCount),
    };
  }

  /** By the step of an optimizer, whose gradient is the change with its sign turned: `w - 1·(-change)`. */
  #addToCore({ core, digits, change }: CoreChange): void {
    const { weights } = this.#cores[core]!;
    const gradients = this.#workspace.uploaded('change', digits.length, weights.cols, (out) => {
      for (let i = 0; i < out.length; i++) out[i] = -change[i]!;
    });
    const [rows] = this.#workspace.positions('digits', [digits]) as [Range];
    this.#backend.update({
      rule: 'sgd',
      weights,
      gradients: wholeBlock(gradients, digits.length),
      rows,
      learningRate: 1,
      epsilon: 0,
    });
  }
}
