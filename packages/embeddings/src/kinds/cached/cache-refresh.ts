import { wholeBlock, type Backend, type Block, type DeviceBuffer, type Range } from '@ttrec/backend';
import type { TTShape } from '@ttrec/tensor-train';
import { error } from '../../error.ts';
import type { Gather } from '../../lookup/gather.ts';
import { Workspace } from '../../lookup/workspace.ts';
import type { TableParameter } from '../../table/embedding-table.ts';
import type { CacheStatistics, SeenIds, TableMaintenance } from '../../table/table-maintenance.ts';
import type { RowCache, Swap } from './row-cache.ts';
import { writeBack, type CoreChange, type LearnedRows } from './write-back.ts';

/** What a refresh is to do, and where the numbers lie that it is done with. */
interface Plan {
  readonly swaps: readonly Swap[];
  readonly evicted: readonly Swap[];
  /** The promoted rows as the cores have them; then, where rows are evicted, the cached rows and the cores. */
  readonly sources: readonly (Block | DeviceBuffer)[];
}

/**
 * Moves rows between the cache and the cores, on the schedule of the cache. A refresh happens between two steps, always the
 * same two: at once where the engine can be read at once, else before the next forward for training, which has to await it.
 */
export class CacheRefresh implements TableMaintenance {
  readonly #backend: Backend;
  readonly #cache: RowCache;
  /** [K, D] */
  readonly #rows: TableParameter;
  readonly #cores: readonly TableParameter[];
  readonly #shape: TTShape;
  readonly #tt: Gather;
  readonly #workspace: Workspace;
  #seen: SeenIds | undefined;
  #isDisposed = false;
  #running: Promise<void> | undefined;
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

  /** A forward for training has looked these up. They count once the updates of its step are enqueued. */
  saw(seen: SeenIds): void {
    this.#seen = seen;
  }

  takeSeen(): SeenIds | undefined {
    const seen = this.#seen;
    this.#seen = undefined;
    return seen;
  }

  afterStep(): void {
    this.#seen?.ids.forEach((id, u) => this.#cache.count(id, this.#seen!.counts[u]!));
    this.#seen = undefined;
    if (!this.#cache.step()) return;
    if (this.#backend.readSync) this.#try(() => this.#runSync());
    else this.#running = this.#run();
  }

  get isSettled(): boolean {
    return this.#running === undefined;
  }

  /** @throws `embeddings/refresh-pending`, and what the last refresh failed with */
  requireSettled(): void {
    if (this.#failure) throw this.#failure.error;
    if (!this.#running) return;
    throw error('refresh-pending', {
      subject: 'forward of a "cached" table for training',
      rule: 'must await the refresh of the cache that the last step began',
      hint: 'Await settled() after each step; this engine is read asynchronously.',
    });
  }

  async settled(): Promise<void> {
    await this.#running;
    if (this.#failure) throw this.#failure.error;
  }

  /** Forgets what belongs to numbers that are there no longer. */
  drop(): void {
    this.#seen = undefined;
    this.#failure = undefined;
  }

  takeStatistics(): CacheStatistics {
    return this.#cache.takeStatistics();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#workspace.dispose();
  }

  #runSync(): void {
    const plan = this.#plan();
    const read = plan.sources.map((source) => this.#backend.readSync!(source));
    this.#apply(plan, read);
  }

  async #run(): Promise<void> {
    try {
      const plan = this.#plan();
      const read = await Promise.all(plan.sources.map((source) => this.#backend.read(source)));
      if (!this.#isDisposed) this.#try(() => this.#apply(plan, read));
    } catch (thrown) {
      this.#failure = { error: thrown };
    } finally {
      this.#running = undefined;
    }
  }

  /** A failure is kept for the next step and for `settled`. */
  #try(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#failure = { error: thrown };
    }
  }

  #plan(): Plan {
    const swaps = this.#cache.plan();
    const evicted = swaps.filter((swap) => swap.evicted !== undefined);
    const promoted = swaps.length > 0 ? [this.#promoted(swaps)] : [];
    const learned = evicted.length > 0 ? [this.#rows, ...this.#cores].map(({ weights }) => weights) : [];
    return { swaps, evicted, sources: [...promoted, ...learned] };
  }

  /** Enqueues the changes. */
  #apply({ swaps, evicted }: Plan, [rows, cached, ...cores]: readonly Float32Array[]): void {
    const { weights, state } = this.#rows;
    const dim = weights.cols;
    const change =
      evicted.length > 0
        ? writeBack({
            shape: this.#shape,
            cores,
            learned: this.#learned(evicted, cached!),
            digitCounts: this.#cache.digitCounts,
          })
        : undefined;
    swaps.forEach(({ place }, s) => {
      this.#backend.write(weights, rows!.subarray(s * dim, (s + 1) * dim), place * dim);
      if (state) this.#backend.fill({ out: { ...wholeBlock(state, 1), row: place }, value: 0 });
    });
    if (change) this.#addToCore(change);
    this.#cache.apply(swaps);
  }

  #readCores(): Promise<Float32Array[]> {
    return Promise.all(this.#cores.map(({ weights }) => this.#backend.read(weights)));
  }

  /** Enqueues what computes their rows. */
  #promoted(swaps: readonly Swap[]): Block {
    const buffer = this.#workspace.matrix('promoted', swaps.length, this.#rows.weights.cols);
    const out = wholeBlock(buffer, swaps.length);
    this.#tt.rows({ ids: Uint32Array.from(swaps, ({ promoted }) => promoted) }, out, false);
    return out;
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
