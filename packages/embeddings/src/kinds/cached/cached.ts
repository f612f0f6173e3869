import { sumOfCosts } from '../../table/sum-of-costs.ts';
import { defineKind } from '../../table/table-kind.ts';
import { grownTT } from '../tt/grow-tt.ts';
import { cachedSchema, settingsOf, type CachedConfig } from './cached-config.ts';
import { CachedTable } from './cached-table.ts';
import { RowCache } from './row-cache.ts';

/**
 * Cached rows train like rows of a dense table. At a refresh, an id that came more often than a cached one takes its place
 * with the row that the cores have for it; what the evicted row learned is written back into the cores (`writeBack`).
 */
export const cachedKind = defineKind<CachedConfig>({
  name: 'cached',
  schema: cachedSchema,
  children(config, size) {
    const { rows } = settingsOf(config, size);
    return [
      { config: config.into, size },
      { name: 'cache', config: { kind: 'dense' }, size: { ...size, numEmbeddings: rows } },
    ];
  },
  cost(config, size, _optimizer, [tt, rows]) {
    const settings = settingsOf(config, size);
    const both = sumOfCosts([tt!, rows!]);
    const ids = RowCache.modelBytes(settings.rows);
    const hostBytes = ids + RowCache.trainingBytes(settings);
    return {
      ...both,
      bytes: both.bytes + ids,
      // The ids and how many there are.
      tensors: both.tensors + 2,
      trainingBytes: both.trainingBytes + hostBytes,
      hostBytes,
      multiplyAddsPerLookup: tt!.multiplyAddsPerLookup,
    };
  },
  create: (config, context, [tt, rows]) => new CachedTable(config, context, tt!, rows!),
  /** Cached rows stay; the sketch keeps the size by which its ids have their places. */
  grow(config, from, numEmbeddings) {
    const { counters } = settingsOf(config, from);
    return { ...config, counters, into: grownTT(config.into, from, numEmbeddings) };
  },
  /** The TT-matrix gives way. */
  resize(config, size, bytes, tables) {
    const beside = tables.bytes(config, size) - tables.bytes(config.into, size);
    return { ...config, into: tables.resize(config.into, size, bytes - beside) as CachedConfig['into'] };
  },
});
