import { cost, type TableConfig, type TableSize, type TableSpec } from '@ttrec/embeddings';
import { error } from '../error.ts';

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
