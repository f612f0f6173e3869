import { balancedRowShape } from '@ttrec/tensor-train/shapes';
import { largestConfig } from '../../table/config/largest-config.ts';
import type { TableConfig } from '../../table/config/table-config.ts';
import type { Resizer } from '../../table/kind/table-kind.ts';
import type { TableSize } from '../../table/table-size.ts';
import { MAX_RANK, type TTConfig } from '../tt/tt-config.ts';
import { shapeOf } from '../tt/tt-shape.ts';
import { MAX_BUCKETS, type HashConfig } from './hash-config.ts';

/** Of a dense table the buckets; of a TT-matrix the rank, and then the buckets that one more rank would pass; else what is inside. */
export function resizedHash(config: HashConfig, size: TableSize, bytes: number, tables: Resizer): HashConfig {
  const { buckets, into: inner } = config;
  const bytesOf = (resized: TableConfig) => tables.bytes(resized, size);
  if (inner.kind === 'dense') {
    return largestConfig((count) => ({ ...config, buckets: count }), {
      least: 1,
      most: MAX_BUCKETS,
      bytes,
      bytesOf,
    });
  }
  if (inner.kind === 'tt') {
    const limits = { least: 1, most: MAX_RANK, bytes, bytesOf };
    // Row factors that the config gives are as many rows as there can be.
    return inner.rowShape === undefined
      ? resizedHashedTT(config, inner, { size, bytes, bytesOf })
      : largestConfig((ranks) => ({ ...config, into: { ...inner, ranks } }), limits);
  }
  const inside = { ...size, numEmbeddings: buckets };
  // What the weights of probes take stays.
  const beside = bytesOf(config) - tables.bytes(inner, inside);
  return { ...config, into: tables.resize(inner, inside, Math.max(1, bytes - beside)) };
}

/**
 * First the rank at the buckets given, then the most buckets at that rank. Row factors are those that pad least: with them
 * bytes only grow with buckets, by one core slice at a time, which the usual ones, round numbers, do not.
 */
function resizedHashedTT(
  config: HashConfig,
  inner: TTConfig,
  within: {
    readonly size: TableSize;
    readonly bytes: number;
    readonly bytesOf: (config: TableConfig) => number;
  },
): HashConfig {
  const { size, ...limits } = within;
  const cores = shapeOf(inner, { ...size, numEmbeddings: config.buckets }).rowShape.length;
  const hashed = (buckets: number, ranks: TTConfig['ranks']) => {
    return { ...config, buckets, into: { ...inner, ranks, rowShape: balancedRowShape(buckets, cores) } };
  };
  const { ranks } = largestConfig((rank) => hashed(config.buckets, rank), {
    least: 1,
    most: MAX_RANK,
    ...limits,
  }).into;
  return largestConfig((buckets) => hashed(buckets, ranks), {
    least: config.buckets,
    most: MAX_BUCKETS,
    ...limits,
  });
}
