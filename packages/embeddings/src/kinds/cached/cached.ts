import { sumOfCosts } from '../../table/kind/sum-of-costs.ts';
import { defineKind } from '../../table/kind/table-kind.ts';
import { cacheModelBytes, cacheTrainingBytes } from './cache-bytes.ts';
import { cachedSchema, settingsOf, type CachedConfig } from './cached-config.ts';
import { CachedTable } from './cached-table.ts';

/**
 * Cached rows train like rows of a dense table. At a refresh, an id that counts for more than a cached one takes its place with the row
 * that the table inside has for it; what the evicted row learned is written back into the cores of a TT (`writeBack`).
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
  cost(config, size, _optimizer, [inner, rows]) {
    const settings = settingsOf(config, size);
    const both = sumOfCosts([inner!, rows!]);
    const ids = cacheModelBytes(settings.rows);
    const hostBytes = ids + cacheTrainingBytes(settings);
    return {
      ...both,
      bytes: both.bytes + ids,
      // The ids and how many there are.
      tensors: both.tensors + 2,
      trainingBytes: both.trainingBytes + hostBytes,
      hostBytes: both.hostBytes! + hostBytes,
      multiplyAddsPerLookup: inner!.multiplyAddsPerLookup,
    };
  },
  create: (config, context, [inner, rows]) =>
    new CachedTable(config, context, { inner: inner!, rows: rows! }),
  /** Cached rows stay; the sketch keeps the size by which its ids have their places. */
  grow(config, from, numEmbeddings, tables) {
    const { counters } = settingsOf(config, from);
    return { ...config, counters, into: tables.grow(config.into, from, numEmbeddings) };
  },
  /** The table inside gives way. */
  resize(config, size, bytes, tables) {
    const beside = tables.bytes(config, size) - tables.bytes(config.into, size);
    return { ...config, into: tables.resize(config.into, size, bytes - beside) };
  },
});
