import { makeAll, type Block } from '@ttrec/backend';
import type { OptionRules } from '@ttrec/core';
import type { TTShape } from '@ttrec/tensor-train';
import { CacheRefresh } from './cache-refresh.ts';
import type { ConversionReport } from '../../rows/convert-table.ts';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { error } from '../../error.ts';
import { grownTT } from '../tt/grow-tt.ts';
import { Gather, type GatherBackward } from '../../lookup/gather.ts';
import type { Groups } from '../../lookup/group-by-value.ts';
import type { HostTensor } from '../../state/host-tensor.ts';
import { partContext, rowVariance } from '../../table/part-context.ts';
import { RowCache, type RowCacheSettings } from './row-cache.ts';
import type { RowSource } from '../../rows/row-source.ts';
import { sumOfCosts } from '../../table/sum-of-costs.ts';
import type {
  BuiltInKind,
  EmbeddingTable,
  FitOptions,
  Lookup,
  NestedTables,
  TableContext,
  TableSize,
  TableTT,
} from '../../table/table-kind.ts';
import type { TableUpkeep } from '../../table/table-upkeep.ts';
import { shapeOf } from '../tt/tt-shape.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';
import type { TTConfig } from '../tt/tt.ts';

/**
 * A TT and, beside it, rows of their own for the ids that are looked up most: the LFU cache of the TT-Rec paper. Which
 * ids these are follows from what training sees; nobody has to name or fetch them.
 */
export interface CachedConfig {
  readonly kind: 'cached';
  /** K: rows of the cache, 1 to N - 1. */
  readonly rows: number;
  readonly into: TTConfig;
  /**
   * Steps before the cache is filled; 10 by default. Early is better: what the cores have learned of rows that then leave
   * them is noise to the rows that stay.
   */
  readonly warmUp?: number;
  /** Steps from one refresh to the next; 500 by default. */
  readonly refreshEvery?: number;
  /** What is left of a count at each refresh, above 0 to 1. 0.9 by default; 1 never forgets. */
  readonly decay?: number;
  /** Ids outside the cache whose lookups are counted; 4·K by default, at most N. */
  readonly counters?: number;
}

const options: OptionRules<CachedConfig> = {
  kind: { required: ['cached'] },
  rows: 'any',
  into: 'any',
  warmUp: 'any',
  refreshEvery: 'any',
  decay: 'any',
  counters: 'any',
};

/**
 * Cached rows train like rows of a dense table. At a refresh, an id that came more often than a cached one takes its place
 * with the row that the cores have for it; what the evicted row learned is written back into the cores (`writeBack`).
 */
export const cachedKind: BuiltInKind<CachedConfig> = {
  options: () => options,
  cost(config, size, optimizer, nested) {
    const settings = settingsOf(config, size);
    const tt = nested.cost(config.into, size, optimizer);
    const rows = nested.cost({ kind: 'dense' }, { ...size, numEmbeddings: settings.rows }, optimizer);
    const both = sumOfCosts([tt, rows]);
    const ids = RowCache.modelBytes(settings.rows);
    const hostBytes = ids + RowCache.trainingBytes(settings);
    return {
      ...both,
      bytes: both.bytes + ids,
      trainingBytes: both.trainingBytes + hostBytes,
      hostBytes,
      multiplyAddsPerLookup: tt.multiplyAddsPerLookup,
    };
  },
  create: (config, context, nested) => new CachedTable(config, context, nested),
  /** Cached rows stay; the sketch keeps the size by which its ids have their places. */
  grow(config, from, numEmbeddings) {
    const { counters } = settingsOf(config, from);
    return { ...config, counters, into: grownTT(config.into, from, numEmbeddings) };
  },
};

class CachedTable extends WrappingTable {
  readonly #shape: TTShape;
  readonly #cache: RowCache;
  readonly #tt: EmbeddingTable;
  readonly #fromTT: Gather;
  readonly #fromCache: Gather;
  readonly #refresh: CacheRefresh;
  readonly #distinct: DistinctRows;

  constructor(config: CachedConfig, context: TableContext, nested: NestedTables) {
    const { backend, name } = context;
    const settings = settingsOf(config, context);
    const size = { numEmbeddings: settings.rows, embeddingDim: context.embeddingDim };
    const own = partContext(context, 'cache', { size, rowVariance: rowVariance(context) });
    const [tt, rows] = makeAll(
      [() => nested.create(config.into, context), () => nested.create({ kind: 'dense' }, own)],
      (create) => create(),
      (table) => table.dispose(),
    ) as [EmbeddingTable, EmbeddingTable];
    super(context, [tt, rows]);
    this.#shape = shapeOf(config.into, context);
    this.#cache = new RowCache(settings, context.path);
    this.#tt = tt;
    this.#fromTT = new Gather(backend, tt, name);
    this.#fromCache = new Gather(backend, rows, own.name);
    this.#distinct = new DistinctRows(
      backend,
      context,
      (...args) => this.#compute(...args),
      (groups, training) => this.#cachedFirst(groups, training),
    );
    this.#refresh = new CacheRefresh({
      backend,
      name,
      cache: this.#cache,
      rows: rows.parameters[0]!,
      cores: tt.parameters,
      shape: this.#shape,
      tt: this.#fromTT,
    });
  }

  override get hostTensors(): readonly HostTensor[] {
    return this.#cache.hostTensors;
  }

  override get upkeep(): readonly TableUpkeep[] {
    return [this.#refresh];
  }

  override stateLoaded(): void {
    this.#refresh.drop();
    this.#cache.stateLoaded();
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#distinct.lookup(ids, training);
  }

  /** With what the cached rows learned written back, as if all were evicted. */
  get tt(): TableTT {
    return { shape: this.#shape, cores: () => this.#refresh.writtenBack() };
  }

  /** The cores of another, and an empty cache. */
  override async adopt(
    from: EmbeddingTable,
    options: FitOptions,
  ): Promise<ConversionReport['way'] | undefined> {
    const way = await this.#tt.adopt?.(from, options);
    if (!way) return undefined;
    this.#refresh.drop();
    this.#cache.clear();
    return way;
  }

  /** The cores take all rows, and the cache begins anew. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    // What a refresh failed with concerned numbers that are now overwritten.
    await this.#refresh.settled().catch(() => undefined);
    this.#refresh.drop();
    this.#cache.clear();
    await this.#tt.fit(source, options);
  }

  override dispose(): void {
    this.#refresh.dispose();
    this.#distinct.dispose();
    this.#fromTT.dispose();
    this.#fromCache.dispose();
    super.dispose();
  }

  /** Puts the ids of a batch that have a row in the cache before the others. */
  #cachedFirst({ values, offsets }: Groups, training: boolean): Uint32Array {
    const order = new Uint32Array(values.length);
    let first = 0;
    let last = values.length;
    for (let u = values.length - 1; u >= 0; u--) if (this.#cache.placeOf(values[u]!) < 0) order[--last] = u;
    for (let u = 0; u < values.length; u++) if (this.#cache.placeOf(values[u]!) >= 0) order[first++] = u;
    if (training) {
      const counts = values.map((_, u) => offsets[u + 1]! - offsets[u]!);
      this.#refresh.saw({ ids: values.slice(), counts });
    }
    return order;
  }

  #compute(ids: Uint32Array, out: Block, training: boolean): GatherBackward {
    let cached = 0;
    while (cached < ids.length && this.#cache.placeOf(ids[cached]!) >= 0) cached++;
    const places = ids.subarray(0, cached).map((id) => this.#cache.placeOf(id));
    const parts = (block: Block): [Block, Block] => [
      { ...block, rows: cached },
      { ...block, row: block.row + cached, rows: block.rows - cached },
    ];
    const [cacheOut, ttOut] = parts(out);
    const cacheBackward = this.#fromCache.rows({ ids: places }, cacheOut, training);
    const ttBackward = this.#fromTT.rows({ ids: ids.subarray(cached) }, ttOut, training);
    return (gradRows) => {
      const [ofCache, ofTT] = parts(gradRows);
      return [...ttBackward(ofTT), ...cacheBackward(ofCache)];
    };
  }
}

function settingsOf(config: CachedConfig, size: TableSize): RowCacheSettings {
  const { numEmbeddings } = size;
  const { rows, into, warmUp = 10, refreshEvery = 500, decay = 0.9 } = config;
  requireTT(into);
  requireInteger('rows', rows, 1, numEmbeddings - 1);
  requireInteger('warmUp', warmUp, 1, Number.MAX_SAFE_INTEGER);
  requireInteger('refreshEvery', refreshEvery, 1, Number.MAX_SAFE_INTEGER);
  const counters = config.counters ?? Math.min(numEmbeddings, 4 * rows);
  requireInteger('counters', counters, 1, numEmbeddings);
  if (!(decay > 0 && decay <= 1)) throw bad('decay', 'must be above 0, to 1', decay);
  return { rows, counters, warmUp, refreshEvery, decay, rowShape: shapeOf(into, size).rowShape };
}

function requireInteger(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw bad(field, `must be an integer from ${least} to ${most}`, value);
}

function requireTT(into: { readonly kind?: string } | undefined): void {
  if (into?.kind === 'tt') return;
  const hint = 'Other kinds have nothing to cache; a cache goes inside a hash, not around one.';
  throw error('bad-into', {
    subject: 'table kind "cached", into',
    rule: 'must be tt',
    got: into?.kind,
    hint,
  });
}

function bad(field: string, rule: string, got: unknown): Error {
  return error('bad-cache', { subject: `table kind "cached", ${field}`, rule, got });
}
