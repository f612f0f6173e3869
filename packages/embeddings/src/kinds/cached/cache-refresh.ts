import { wholeBlock, type Backend, type Block, type DeviceBuffer, type Range } from '@ttrec/backend';
import type { TTShape } from '@ttrec/tensor-train';
import type { Gather } from '../../lookup/gather.ts';
import { Workspace } from '../../lookup/workspace.ts';
import { BetweenSteps } from '../../table/between-steps.ts';
import type { TableParameter } from '../../table/embedding-table.ts';
import type { CacheStatistics, TableMaintenance } from '../../table/table-maintenance.ts';
import { LOOKUP, type RowCache, type Swap } from './row-cache.ts';
import { writeBack, type CoreChange, type LearnedRows } from './write-back.ts';

/** What a refresh is to do, and where the numbers lie that it is done with. */
interface Plan {
  readonly swaps: readonly Swap[];
  readonly evicted: readonly Swap[];
  /** The promoted rows as the table inside has them; then, where rows are evicted from a TT, the cached rows and the cores. */
  readonly sources: readonly (Block | DeviceBuffer)[];
}

/** The lookups of a batch: distinct ids, ascending, and how often each came. */
interface SeenIds {
  readonly ids: Uint32Array;
  readonly counts: Uint32Array;
  /** The norms of the gradients of their rows, where these say what is important. */
  readonly norms?: Float32Array;
}

/** The cores behind a cache. */
interface CachedTT {
  readonly shape: TTShape;
  readonly cores: readonly TableParameter[];
}

/** A table with a cache, for what refreshes that. */
export interface RefreshedTable {
  readonly backend: Backend;
  readonly name: string;
  readonly cache: RowCache;
  readonly rows: TableParameter;
  readonly tt: CachedTT | undefined;
  readonly inner: Gather;
  /** What the last step began in the table inside. */
  readonly innerSettled: () => Promise<void>;
  /** Whether the norms of gradients say what is important. */
  readonly byGradient: boolean;
}

/**
 * Moves rows between the cache and the table inside, on the schedule of the cache. A refresh happens between two steps, always the
 * same two: at once where the engine can be read at once, else before the next forward for training, which has to await it.
 */
export class CacheRefresh implements TableMaintenance {
  readonly #backend: Backend;
  readonly #cache: RowCache;
  /** [K, D] */
  readonly #rows: TableParameter;
  readonly #tt: CachedTT | undefined;
  readonly #inner: Gather;
  readonly #innerSettled: () => Promise<void>;
  readonly countsLookups = true;
  readonly #byGradient: boolean;
  readonly #workspace: Workspace;
  #seen: SeenIds | undefined;
  /** Ids in another order, and the squared norms of the gradients of their rows [U, 1]. */
  #gradients: { readonly ids: Uint32Array; readonly squares: Block } | undefined;
  #isDisposed = false;
  readonly #work = new BetweenSteps(
    'forward of a "cached" table for training',
    'the refresh of the cache that',
  );

  constructor(parts: RefreshedTable) {
    this.#backend = parts.backend;
    this.#cache = parts.cache;
    this.#rows = parts.rows;
    this.#tt = parts.tt;
    this.#inner = parts.inner;
    this.#innerSettled = parts.innerSettled;
    this.#byGradient = parts.byGradient;
    this.#workspace = new Workspace(parts.backend, `${parts.name}/refresh`);
  }

  /** The cores as they would be with every cached row written back; nothing changes. Of a TT only. */
  async writtenBack(): Promise<readonly Float32Array[]> {
    await this.settled();
    const { shape, cores: parameters } = this.#tt!;
    const { ids, counts } = this.#cache.cached;
    const cores = await Promise.all(parameters.map(({ weights }) => this.#backend.read(weights)));
    if (ids.length === 0) return cores;
    const rows = await this.#backend.read(this.#rows.weights);
    const values = rows.subarray(0, ids.length * this.#rows.weights.cols);
    const learned = { ids, values, counts };
    const change = writeBack({ shape, cores, learned, digitCounts: this.#cache.digitCounts });
    const width = parameters[change.core]!.weights.cols;
    change.digits.forEach((digit, s) => {
      for (let i = 0; i < width; i++)
        cores[change.core]![digit * width + i]! += change.change[s * width + i]!;
    });
    return cores;
  }

  /** A forward for training has looked these up. They count once the updates of its step are enqueued. */
  saw(seen: SeenIds): void {
    this.#seen = seen;
    this.#gradients = undefined;
  }

  /** Its backward has these, which count where gradients say what is important. @param gradRows [U, D] */
  sawGradients(ids: Uint32Array, gradRows: Block): void {
    if (this.#byGradient) this.#gradients = { ids: ids.slice(), squares: this.#squares(gradRows) };
  }

  /** The squared norms of rows, [U, 1]. */
  #squares(rows: Block): Block {
    const block = (name: string, count: number, cols: number) =>
      wholeBlock(this.#workspace.matrix(name, count, cols), count);
    const [squares, sums] = [block('squares', rows.rows, rows.cols), block('sums', rows.rows, 1)];
    const ones = block('ones', rows.cols, 1);
    this.#backend.fill({ out: ones, value: 1 });
    this.#backend.multiply({ a: rows, b: rows, out: squares });
    this.#backend.matmul({ a: squares, b: ones, out: sums });
    return sums;
  }

  afterStep(): void {
    const [seen, gradients] = [this.#seen, this.#gradients];
    this.#seen = this.#gradients = undefined;
    const isDue = (squares?: Float32Array): boolean => {
      if (seen) this.#count(gradients && squares ? withNorms(seen, gradients.ids, squares) : seen);
      return this.#cache.step();
    };
    const readsAtOnce = this.#backend.readSync !== undefined;
    if (gradients && !readsAtOnce) {
      const squares = this.#backend.read(gradients.squares);
      this.#work.later(() => this.#run(async () => isDue(await squares)));
      return;
    }
    if (!isDue(gradients && this.#backend.readSync!(gradients.squares))) return;
    if (readsAtOnce) this.#work.now(() => this.#runSync());
    else this.#work.later(() => this.#run(async () => true));
  }

  /** By lookups, or by the norms of gradients, those of a batch for as much together as its lookups. */
  #count({ ids, counts, norms }: SeenIds): void {
    const total = norms ? sumOf(norms) : 0;
    const scale = total > 0 ? (LOOKUP * sumOf(counts)) / total : 0;
    ids.forEach((id, u) => {
      this.#cache.count(id, counts[u]!, norms && Math.round(scale * norms[u]!));
    });
  }

  get isSettled(): boolean {
    return this.#work.isSettled;
  }

  /** @throws `embeddings/refresh-pending`, and what the last refresh failed with */
  requireSettled(): void {
    this.#work.requireSettled();
  }

  settled(): Promise<void> {
    return this.#work.settled();
  }

  /** Forgets what belongs to numbers that are there no longer. */
  drop(): void {
    this.#seen = this.#gradients = undefined;
    this.#work.forget();
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

  /** @param isDue counts what the step has seen */
  async #run(isDue: () => Promise<boolean>): Promise<void> {
    await this.#innerSettled();
    if (!(await isDue())) return;
    const plan = this.#ifAlive(() => this.#plan());
    if (!plan) return;
    const read = await Promise.all(plan.sources.map((source) => this.#backend.read(source)));
    this.#ifAlive(() => this.#apply(plan, read));
  }

  /** What was awaited may end after the table has gone. */
  #ifAlive<Result>(work: () => Result): Result | undefined {
    return this.#isDisposed ? undefined : work();
  }

  #plan(): Plan {
    const swaps = this.#cache.plan();
    const evicted = swaps.filter((swap) => swap.evicted !== undefined);
    const promoted = swaps.length > 0 ? [this.#promoted(swaps)] : [];
    const learned =
      this.#tt && evicted.length > 0 ? [this.#rows, ...this.#tt.cores].map(({ weights }) => weights) : [];
    return { swaps, evicted, sources: [...promoted, ...learned] };
  }

  /** Enqueues the changes. */
  #apply({ swaps, evicted }: Plan, [rows, cached, ...cores]: readonly Float32Array[]): void {
    const { weights, state } = this.#rows;
    const dim = weights.cols;
    const change =
      this.#tt && evicted.length > 0
        ? writeBack({
            shape: this.#tt.shape,
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

  /** Enqueues what computes their rows. */
  #promoted(swaps: readonly Swap[]): Block {
    const buffer = this.#workspace.matrix('promoted', swaps.length, this.#rows.weights.cols);
    const out = wholeBlock(buffer, swaps.length);
    this.#inner.rows({ ids: Uint32Array.from(swaps, ({ promoted }) => promoted) }, out, false);
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
    const { weights } = this.#tt!.cores[core]!;
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

/** @param ids those of the squared norms, in another order than the ids seen */
function withNorms(seen: SeenIds, ids: Uint32Array, squares: Float32Array): SeenIds {
  const norms = new Map(Array.from(ids, (id, u) => [id, Math.sqrt(squares[u]!)]));
  return { ...seen, norms: Float32Array.from(seen.ids, (id) => norms.get(id)!) };
}

function sumOf(values: Float32Array | Uint32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
