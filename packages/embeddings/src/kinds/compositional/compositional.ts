import { error } from '../../error.ts';
import { largestConfig } from '../../table/config/largest-config.ts';
import { sumOfCosts } from '../../table/kind/sum-of-costs.ts';
import type { TableConfig } from '../../table/config/table-config.ts';
import { defineKind } from '../../table/kind/table-kind.ts';
import { compositionalSchema, type Combination, type CompositionalConfig } from './compositional-config.ts';
import { CompositionalTable } from './compositional-table.ts';
import { partsOf, type Part } from './parts.ts';

/**
 * Shi, Mudigere, Naumov and Yang, "Compositional Embeddings Using Complementary Partitions for Memory-Efficient
 * Recommendation Systems", KDD 2020. Rows are combined id by id, and only then pooled.
 */
export const compositionalKind = defineKind<CompositionalConfig>({
  name: 'compositional',
  schema: compositionalSchema,
  children(config, size) {
    const parts = partsOf(config, size);
    return parts.map((part) => ({
      name: part.name,
      config: innerOf(config),
      size: part.size,
      rowVariance: (around) => partVariance(config.combine, parts.length, around),
    }));
  },
  cost(config, { embeddingDim }, _optimizer, parts) {
    const sum = sumOfCosts(parts);
    const products = config.combine === 'product' ? (parts.length - 1) * embeddingDim : 0;
    return { ...sum, multiplyAddsPerLookup: sum.multiplyAddsPerLookup + products };
  },
  create: (config, context, tables) => new CompositionalTable(config, context, tables),
  /** More quotients; what holds them is the same as what holds the remainders, so that it must not change. */
  grow(config, from, numEmbeddings, tables) {
    if (config.method === 'hashes') return config;
    const [quotients] = partsOf(config, from) as [Part, ...Part[]];
    const inner = innerOf(config);
    const grown = tables.grow(inner, quotients.size, Math.ceil(numEmbeddings / config.buckets));
    if (grown === inner) return config;
    throw error('cannot-grow', {
      subject: `quotients and remainders in tables of kind "${inner.kind}"`,
      rule: 'must be in tables to which rows are appended as they are',
      got: inner.kind,
      hint: 'Keep them in "dense" tables.',
    });
  },
  /** From the root of N on, bytes grow with buckets: below it there are fewer remainders than quotients. */
  resize: (config, size, bytes, tables) =>
    largestConfig((buckets) => ({ ...config, buckets }), {
      least: config.method === 'quotient-remainder' ? Math.ceil(Math.sqrt(size.numEmbeddings)) : 1,
      most: 2 ** 32,
      bytes,
      bytesOf: (resized) => tables.bytes(resized, size),
    }),
  rows(config, graph) {
    const rows = partsOf(config, graph).map(({ name, size, placeIn }) =>
      graph.child(innerOf(config), { name, size, ids: placeIn(graph) }),
    );
    if (config.combine === 'concatenate') return graph.concatenated(rows);
    return config.combine === 'sum' ? graph.sum(rows) : graph.product(rows);
  },
});

/** The variance of the parts at which their combination has `variance`, all of them having mean 0. */
function partVariance(combine: Combination, parts: number, variance: number): number {
  if (combine === 'concatenate') return variance;
  return combine === 'sum' ? variance / parts : variance ** (1 / parts);
}

const dense = { kind: 'dense' } as const;

function innerOf({ into: inner = dense }: CompositionalConfig): TableConfig {
  return inner;
}
