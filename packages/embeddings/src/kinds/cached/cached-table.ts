import type { Block } from '@ttrec/backend';
import type { TTShape } from '@ttrec/tensor-train';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { Gather, type GatherBackward } from '../../lookup/gather.ts';
import type { Groups } from '../../lookup/group-by-value.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type { HostTensor } from '../../state/host-tensor.ts';
import type {
  ConversionWay,
  EmbeddingTable,
  FitOptions,
  Lookup,
  TableContext,
  TableTT,
} from '../../table/embedding-table.ts';
import type { TableMaintenance } from '../../table/table-maintenance.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';
import { shapeOf } from '../tt/tt-shape.ts';
import { CacheRefresh } from './cache-refresh.ts';
import { settingsOf, type CachedConfig } from './cached-config.ts';
import { RowCache } from './row-cache.ts';

/** A TT-matrix and the rows of a cache beside it. */
export class CachedTable extends WrappingTable {
  readonly #shape: TTShape;
  readonly #cache: RowCache;
  readonly #tt: EmbeddingTable;
  readonly #fromTT: Gather;
  readonly #fromCache: Gather;
  readonly #refresh: CacheRefresh;
  readonly #distinct: DistinctRows;

  constructor(config: CachedConfig, context: TableContext, tt: EmbeddingTable, rows: EmbeddingTable) {
    const { backend, name } = context;
    const settings = settingsOf(config, context);
    super(context, [tt, rows]);
    this.#shape = shapeOf(config.into, context);
    this.#cache = new RowCache(settings, context.path);
    this.#tt = tt;
    this.#fromTT = new Gather(backend, tt, name);
    this.#fromCache = new Gather(backend, rows, `${name}/cache`);
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

  override get maintenance(): readonly TableMaintenance[] {
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
  override async copyFrom(from: EmbeddingTable, options: FitOptions): Promise<ConversionWay | undefined> {
    const way = await this.#tt.copyFrom?.(from, options);
    if (!way) return undefined;
    this.#refresh.drop();
    this.#cache.clear();
    return way;
  }

  /** The cores take all rows, and the cache begins anew. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    // What a refresh failed with concerned numbers that are now overwritten.
    await this.#refresh.settled().catch(() => undefined);
    await this.#tt.fit(source, options);
    this.#refresh.drop();
    this.#cache.clear();
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
