import { anyTable, type ConfigSchema } from '../../table/config/config-schema.ts';
import type { TableConfig } from '../../table/config/table-config.ts';
import { MAX_SEED } from '../hash/hash-function.ts';

/** How the rows of several tables make one: multiplied or added element by element, or side by side. */
export type Combination = 'product' | 'sum' | 'concatenate';

interface Composition {
  readonly kind: 'compositional';
  /** Rows of the table of remainders, or of each hashed table. */
  readonly buckets: number;
  readonly combine: Combination;
  /** What each of the tables is; `{ kind: 'dense' }` by default. */
  readonly into?: TableConfig;
}

/** The quotient and the remainder of an id by `buckets` each have a row, so that no two ids share both. */
export interface QuotientRemainderConfig extends Composition {
  readonly method: 'quotient-remainder';
}

/** Each of several tables is looked up by a hash function of its own; few ids share all of their rows. */
export interface HashesConfig extends Composition {
  readonly method: 'hashes';
  /** Tables, 2 by default. */
  readonly hashes?: number;
  readonly seed?: number;
}

/** A row combined of the rows of several smaller tables. */
export type CompositionalConfig = QuotientRemainderConfig | HashesConfig;

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    compositional: CompositionalConfig;
  }
}

const composition = {
  buckets: { type: 'integer', minimum: 1, maximum: 2 ** 32 },
  combine: { enum: ['product', 'sum', 'concatenate'] },
  into: anyTable,
} as const;

export const compositionalSchema: ConfigSchema<CompositionalConfig> = {
  oneOf: [
    {
      properties: { method: { enum: ['quotient-remainder'] }, ...composition },
      required: ['method', 'buckets', 'combine'],
    },
    {
      properties: {
        method: { enum: ['hashes'] },
        ...composition,
        hashes: { type: 'integer', minimum: 2, maximum: 16 },
        seed: { type: 'integer', minimum: 0, maximum: MAX_SEED },
      },
      required: ['method', 'buckets', 'combine'],
    },
  ],
};
