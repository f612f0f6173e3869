import type { Block } from '@ttrec/backend';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { Gather, type GatherBackward } from '../../lookup/gather.ts';
import type { Groups } from '../../lookup/grouping/group-by-value.ts';
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
import { maintenanceOf, type TableMaintenance } from '../../table/table-maintenance.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';
import { shapeOf } from '../tt/tt-shape.ts';
import type { CacheRefresh } from './cache-refresh.ts';
import { settingsOf, type CachedConfig } from './cached-config.ts';
import { CachedIds } from './cached-ids.ts';

/** A table and the rows of a cache beside it. */
export class CachedTable extends WrappingTable {
  readonly tt?: TableTT;
  readonly #cache: CachedIds;
  readonly #inner: EmbeddingTable;
  readonly #fromInner: Gather;
  readonly #fromCache: Gather;
  readonly #refresh: CacheRefresh | undefined;
  readonly #distinct: DistinctRows;

  constructor(
    config: CachedConfig,
    context: TableContext,
    { inner, rows }: { readonly inner: EmbeddingTable; readonly rows: EmbeddingTable },
  ) {
    const { backend, name } = context;
    const settings = settingsOf(config, context);
    super(context, [inner, rows]);
    this.#inner = inner;
    this.#fromInner = new Gather(backend, inner, name);
    this.#fromCache = new Gather(backend, rows, `${name}/cache`);
    this.#distinct = new DistinctRows(
      backend,
      context,
      (...args) => this.#compute(...args),
      (groups, training) => this.#cachedFirst(groups, training),
    );
    const shape = config.into.kind === 'tt' ? shapeOf(config.into, context) : undefined;
    const training = context.training?.cacheTraining(settings, context.path, {
      backend,
      name,
      rows: rows.parameters[0]!,
      tt: shape && { shape, cores: inner.parameters },
      inner: this.#fromInner,
      innerSettled: () => maintenanceOf([inner]).settled(),
      byGradient: config.importance === 'gradient',
    });
    this.#cache = training?.cache ?? new CachedIds(settings, context.path);
    this.#refresh = training?.refresh;
    // With what the cached rows learned written back, as if all were evicted.
    const refresh = this.#refresh;
    if (shape && refresh) this.tt = { shape, cores: () => refresh.writtenBack() };
  }

  override get hostTensors(): readonly HostTensor[] {
    return [...super.hostTensors, ...this.#cache.hostTensors];
  }

  override get maintenance(): readonly TableMaintenance[] {
    return [...super.maintenance, ...(this.#refresh ? [this.#refresh] : [])];
  }

  override stateLoaded(): void {
    super.stateLoaded();
    this.#refresh?.drop();
    this.#cache.stateLoaded();
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#distinct.lookup(ids, training);
  }

  /** The table inside takes over another, and the cache is emptied. */
  override async copyFrom(from: EmbeddingTable, options: FitOptions): Promise<ConversionWay | undefined> {
    const way = await this.#inner.copyFrom?.(from, options);
    if (!way) return undefined;
    this.#refresh?.drop();
    this.#cache.clear();
    return way;
  }

  /** The table inside takes all rows, and the cache begins anew. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    // What a refresh failed with concerned numbers that are now overwritten.
    await this.#refresh?.settled().catch(() => undefined);
    await this.#inner.fit(source, options);
    this.#refresh?.drop();
    this.#cache.clear();
  }

  override dispose(): void {
    this.#refresh?.dispose();
    this.#distinct.dispose();
    this.#fromInner.dispose();
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
    if (training && this.#refresh) {
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
    const [cacheOut, innerOut] = parts(out);
    const cacheBackward = this.#fromCache.rows({ ids: places }, cacheOut, training);
    const innerBackward = this.#fromInner.rows({ ids: ids.subarray(cached) }, innerOut, training);
    return (gradRows) => {
      const [ofCache, ofInner] = parts(gradRows);
      this.#refresh?.sawGradients(ids, gradRows);
      return [...innerBackward(ofInner), ...cacheBackward(ofCache)];
    };
  }
}
