import type { TableConfig } from '@ttrec/embeddings';
import { z } from 'zod';
import { MAX_BUCKETS, MAX_CORES, MAX_PROBES, MAX_RANK } from './limits.ts';

const positiveInteger = z.int().min(1);
const factors = z.array(positiveInteger).min(1).max(MAX_CORES);
const rank = positiveInteger.max(MAX_RANK);

const denseSchema = z.strictObject({ kind: z.literal('dense') });

const ttSchema = z.strictObject({
  kind: z.literal('tt'),
  /** A list may name the ranks of both ends too, which makes one more than there are cores. */
  ranks: z.union([
    rank,
    z
      .array(rank)
      .min(1)
      .max(MAX_CORES + 1),
  ]),
  cores: positiveInteger.max(MAX_CORES).optional(),
  rowShape: factors.optional(),
  colShape: factors.optional(),
  prefixTable: z.boolean().optional(),
  initialisation: z
    .strictObject({
      distribution: z.enum(['gaussian', 'sampled-gaussian']).optional(),
      scale: z.enum(['rank-aware', 'reference']).optional(),
    })
    .optional(),
});

const hashSchema = z.strictObject({
  kind: z.literal('hash'),
  buckets: positiveInteger.max(MAX_BUCKETS),
  get into() {
    return tableSchema;
  },
  function: z.enum(['mix', 'modulo']).optional(),
  seed: z.int().min(0).optional(),
  probes: positiveInteger.max(MAX_PROBES).optional(),
  signs: z.boolean().optional(),
});

const hotColdSchema = z.strictObject({
  kind: z.literal('hot-cold'),
  hot: positiveInteger,
  get hotTable() {
    return tableSchema.optional();
  },
  get cold() {
    return tableSchema;
  },
});

const composition = {
  kind: z.literal('compositional'),
  buckets: positiveInteger.max(MAX_BUCKETS),
  combine: z.enum(['product', 'sum', 'concatenate']),
  into: z.lazy(() => tableSchema).optional(),
};

const compositionalSchema = z.discriminatedUnion('method', [
  z.strictObject({ ...composition, method: z.literal('quotient-remainder') }),
  z.strictObject({
    ...composition,
    method: z.literal('hashes'),
    hashes: z.int().min(2).max(MAX_PROBES).optional(),
    seed: z.int().min(0).optional(),
  }),
]);

const lowRankSchema = z.strictObject({ kind: z.literal('low-rank'), rank: positiveInteger });

const mixedDimensionSchema = z.strictObject({
  kind: z.literal('mixed-dimension'),
  dim: positiveInteger,
  get into() {
    return tableSchema;
  },
});

const int8Schema = z.strictObject({
  kind: z.literal('int8'),
  into: z.discriminatedUnion('kind', [denseSchema, ttSchema]),
});

const int4Schema = z.strictObject({ kind: z.literal('int4'), into: denseSchema });

const cachedSchema = z.strictObject({
  kind: z.literal('cached'),
  rows: positiveInteger,
  into: ttSchema,
  warmUp: positiveInteger.optional(),
  refreshEvery: positiveInteger.optional(),
  decay: z.number().gt(0).max(1).optional(),
  counters: positiveInteger.optional(),
});

/** `TableConfig` of @ttrec/embeddings, as JSON. */
export const tableSchema: z.ZodType<TableConfig> = z.discriminatedUnion('kind', [
  denseSchema,
  ttSchema,
  hashSchema,
  int8Schema,
  int4Schema,
  hotColdSchema,
  compositionalSchema,
  lowRankSchema,
  mixedDimensionSchema,
  cachedSchema,
]) as unknown as z.ZodType<TableConfig>;

/** Which table of a model is stored how. Later entries win: default, largest, byName. */
export const tablesSchema = z.strictObject({
  default: tableSchema.default({ kind: 'dense' }),
  largest: z.strictObject({ count: positiveInteger, use: tableSchema }).optional(),
  byName: z.record(z.string(), tableSchema).optional(),
});

export type TablesConfig = z.infer<typeof tablesSchema>;
