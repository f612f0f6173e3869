import { cost, type TableConfig, type TableSize, type TableSpec } from '@ttrec/embeddings';

/**
 * The table of the same kind that comes nearest to `bytes` without passing them: the buckets of a hash into a dense table,
 * or the one rank of a tensor train (inside a hash too, whose buckets then stay). A dense table has nothing to choose.
 * When even the smallest passes them, the smallest.
 */
export function fitToBytes(config: TableConfig, size: TableSize, bytes: number): TableConfig {
  switch (config.kind) {
    case 'dense':
      return config;
    case 'tt':
      return largestThatFits((ranks) => ({ ...config, ranks }), size, bytes);
    case 'hash':
      if (config.into.kind === 'dense')
        return largestThatFits((buckets) => ({ ...config, buckets }), size, bytes);
      return { ...config, into: fitToBytes(config.into, { ...size, numEmbeddings: config.buckets }, bytes) };
  }
}

/** Replaces each compressed table by one of its kind at the bytes that `other` spends on the table of that name. */
export function matchBytes(
  tables: readonly TableSpec[],
  other: readonly TableSpec[],
  embeddingDim: number,
): TableSpec[] {
  return tables.map((table) => {
    const model = other.find(({ name }) => name === table.name);
    if (!model) return table;
    const size = { numEmbeddings: table.numEmbeddings, embeddingDim };
    return { ...table, config: fitToBytes(table.config, size, cost(model.config, size).bytes) };
  });
}

/** Doubling, then bisection, on a cost that grows with the number. */
function largestThatFits(make: (n: number) => TableConfig, size: TableSize, bytes: number): TableConfig {
  const bytesOf = (n: number) => cost(make(n), size).bytes;
  // A tensor train of one core has no rank to choose.
  if (bytesOf(1) === bytesOf(2)) return make(1);
  const fits = (n: number) => bytesOf(n) <= bytes;
  let low = 1;
  let high = 2;
  while (fits(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return make(low);
}
