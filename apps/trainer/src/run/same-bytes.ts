import { cost, type TableConfig, type TableSize, type TableSpec } from '@ttrec/embeddings';
import type { CompositionalConfig, HashConfig, HotColdConfig, TTConfig } from '@ttrec/embeddings/kind';
import { balancedRowShape } from '@ttrec/tensor-train/shapes';
import { MAX_BUCKETS, MAX_RANK } from '@ttrec/training/config';
import { error } from '../error.ts';

/** Of a tensor train that does not say how many; as in @ttrec/embeddings. */
const DEFAULT_CORES = 3;

/**
 * The table of the same kind that comes nearest to `bytes` without passing them: the buckets of a hash into a dense table,
 * or the one rank of a tensor train. Inside a hash, what one more rank would pass goes to more buckets; of a hot and a cold
 * table, the cold one gives way; of a cached train, the train. Dense tables and those of integers have nothing to choose. When even the smallest passes them, the smallest.
 */
export function fitToBytes(config: TableConfig, size: TableSize, bytes: number): TableConfig {
  switch (config.kind) {
    case 'dense':
      return config;
    case 'tt':
      return largestThatFits((ranks) => ({ ...config, ranks }), { size, bytes, least: 1, most: MAX_RANK });
    case 'hash':
      return fitHash(config, size, bytes);
    case 'hot-cold':
      return fitHotCold(config, size, bytes);
    case 'compositional':
      return largestThatFits((buckets) => ({ ...config, buckets }), {
        size,
        bytes,
        least: fewestBuckets(config, size),
        most: MAX_BUCKETS,
      });
    case 'low-rank':
      return largestThatFits((rank) => ({ ...config, rank }), {
        size,
        bytes,
        least: 1,
        most: size.embeddingDim,
      });
    case 'mixed-dimension':
      return largestThatFits((dim) => ({ ...config, dim }), {
        size,
        bytes,
        least: 1,
        most: size.embeddingDim,
      });
    case 'cached':
      return largestThatFits((ranks) => ({ ...config, into: { ...config.into, ranks } }), {
        size,
        bytes,
        least: 1,
        most: MAX_RANK,
      });
    case 'int8':
    case 'int4':
      return config;
  }
}

/** What the hot rows leave goes to the cold table. */
function fitHotCold(config: HotColdConfig, size: TableSize, bytes: number): TableConfig {
  const { hot, hotTable = { kind: 'dense' }, cold } = config;
  const left = bytes - cost(hotTable, { ...size, numEmbeddings: hot }).bytes;
  return { ...config, cold: fitToBytes(cold, { ...size, numEmbeddings: size.numEmbeddings - hot }, left) };
}

/** From there on, bytes grow with buckets: below the root of N there are fewer remainders than quotients. */
function fewestBuckets({ method }: CompositionalConfig, { numEmbeddings }: TableSize): number {
  return method === 'quotient-remainder' ? Math.ceil(Math.sqrt(numEmbeddings)) : 1;
}

function fitHash(config: HashConfig, size: TableSize, bytes: number): TableConfig {
  const { buckets, into } = config;
  const inside = { ...size, numEmbeddings: buckets };
  if (into.kind === 'dense') {
    const make = (count: number) => ({ ...config, buckets: count });
    return largestThatFits(make, { size, bytes, least: 1, most: MAX_BUCKETS });
  }
  // Row factors that the config gives are as many rows as there can be.
  if (into.kind === 'tt' && into.rowShape === undefined) return fitHashedTT(config, into, { size, bytes });
  return { ...config, into: fitToBytes(into, inside, bytes) };
}

/**
 * First the rank at the buckets given, then the most buckets at that rank. Row factors are those that pad least: with them
 * bytes only grow with buckets, by one core slice at a time, which the usual ones, round numbers, do not.
 */
function fitHashedTT(
  config: HashConfig,
  into: TTConfig,
  { size, bytes }: { readonly size: TableSize; readonly bytes: number },
): TableConfig {
  const cores = into.cores ?? into.colShape?.length ?? DEFAULT_CORES;
  const hashed = (buckets: number, ranks: TTConfig['ranks']): HashConfig => {
    const rowShape = balancedRowShape(buckets, cores);
    return { ...config, buckets, into: { ...into, ranks, rowShape } };
  };
  const atRank = largestThatFits((ranks) => hashed(config.buckets, ranks), {
    size,
    bytes,
    least: 1,
    most: MAX_RANK,
  });
  const { ranks } = atRank.into as TTConfig;
  return largestThatFits((buckets) => hashed(buckets, ranks), {
    size,
    bytes,
    least: config.buckets,
    most: MAX_BUCKETS,
  });
}

/**
 * Replaces each compressed table by one of its kind at the bytes that `other` spends on the table of that name.
 *
 * @throws `trainer/cannot-match-bytes`: a comparison at equal bytes that is not would be worse than none
 */
export function matchBytes(args: {
  readonly variant: string;
  readonly tables: readonly TableSpec[];
  readonly other: readonly TableSpec[];
  readonly embeddingDim: number;
}): TableSpec[] {
  const { variant, tables, other, embeddingDim } = args;
  return tables.map((table) => {
    const model = other.find(({ name }) => name === table.name);
    if (!model) return table;
    const size = { numEmbeddings: table.numEmbeddings, embeddingDim };
    const bytes = cost(model.config, size).bytes;
    const config = fitToBytes(table.config, size, bytes);
    const smallest = cost(config, size).bytes;
    if (smallest <= bytes) return { ...table, config };
    throw error('cannot-match-bytes', {
      subject: `variant "${variant}", table "${table.name}"`,
      rule: `must fit the ${bytes} bytes of the variant it is compared with`,
      got: `${smallest} bytes at the least as "${table.config.kind}"`,
      hint: 'Choose another kind for it, or give the other variant more.',
    });
  });
}

/** The config of the largest number from `least` to `most` whose bytes, which grow with it, fit; that of `least` if none. */
function largestThatFits<Config extends TableConfig>(
  make: (n: number) => Config,
  within: { readonly size: TableSize; readonly bytes: number; readonly least: number; readonly most: number },
): Config {
  const { size, bytes, least, most } = within;
  const bytesOf = (n: number) => cost(make(n), size).bytes;
  // A tensor train of one core has no rank to choose.
  if (bytesOf(least) === bytesOf(most)) return make(least);
  let low = least;
  let high = most + 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (bytesOf(middle) <= bytes) low = middle;
    else high = middle;
  }
  return make(low);
}
