import type { ConfigSchema, FieldSchema } from '../../table/config/config-schema.ts';

/** A TT-matrix of d cores in place of the table. */
export interface TTConfig {
  readonly kind: 'tt';
  /** One rank for all inner places, the inner ranks [d - 1], or all ranks [d + 1]. */
  readonly ranks: number | readonly number[];
  /** d; 3 by default. */
  readonly cores?: number;
  /** p_k, [d]; by default the rule `rowShape` of @ttrec/tensor-train. */
  readonly rowShape?: readonly number[];
  /** q_k, [d]; by default `colShape`. */
  readonly colShape?: readonly number[];
  /**
   * Whether reading without training multiplies all cores but the last into a table once, and rows then cost one product:
   * `cost` tells its `prefixBytes`. False by default; for three cores or more.
   */
  readonly prefixTable?: boolean;
  /** The learning rate of the cores, as a multiple of that of the tables; 1 by default. */
  readonly rate?: number;
  readonly initialisation?: {
    /** `gaussian` by default; `sampled-gaussian` is the TT-Rec paper's, with the tails kept at |x| ≥ 2. */
    readonly distribution?: 'gaussian' | 'sampled-gaussian';
    /** `rank-aware` by default: row variance 1/(3N) at any rank. `reference` is FBTT's scale, which misses it. */
    readonly scale?: 'rank-aware' | 'reference';
  };
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    tt: TTConfig;
  }
}

/** More cores than a 32-bit id has binary digits would be cores of one row. */
export const MAX_CORES = 32;
/** One core slice between two such ranks has 4·10^9 numbers for each column, more than a buffer holds. */
export const MAX_RANK = 65536;

const rank = { type: 'integer', minimum: 1, maximum: MAX_RANK } as const;
const factors: FieldSchema = {
  type: 'array',
  items: { type: 'integer', minimum: 1 },
  minItems: 1,
  maxItems: MAX_CORES,
};

export const ttSchema: ConfigSchema<TTConfig> = {
  properties: {
    // A list may name the ranks of both ends too, which makes one more than there are cores.
    ranks: { anyOf: [rank, { type: 'array', items: rank, minItems: 1, maxItems: MAX_CORES + 1 }] },
    cores: { type: 'integer', minimum: 1, maximum: MAX_CORES },
    rowShape: factors,
    colShape: factors,
    prefixTable: { type: 'boolean' },
    rate: { type: 'number', exclusiveMinimum: 0 },
    initialisation: {
      properties: {
        distribution: { enum: ['gaussian', 'sampled-gaussian'] },
        scale: { enum: ['rank-aware', 'reference'] },
      },
    },
  },
  required: ['ranks'],
};
