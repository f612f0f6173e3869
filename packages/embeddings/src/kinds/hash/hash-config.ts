import { anyTable, type ConfigSchema } from '../../table/config/config-schema.ts';
import type { TableConfig } from '../../table/config/table-config.ts';
import { MAX_SEED } from './hash-function.ts';

/** The hashing trick: ids share the `buckets` rows of the table inside. */
export interface HashConfig {
  readonly kind: 'hash';
  readonly buckets: number;
  readonly into: TableConfig;
  /**
   * `mix` (default): a seeded 32-bit mixing function, then modulo. `modulo`: the id modulo `buckets`, under which the
   * `buckets` most frequent ids of a frequency-ordered vocabulary never collide with each other.
   */
  readonly function?: 'mix' | 'modulo';
  readonly seed?: number;
  /**
   * k, 1 by default: a row is the sum of the rows of k buckets, each found by a hash function of its own, over √k. Two
   * ids then rarely share all of theirs. With `mix` only.
   */
  readonly probes?: number;
  /** A second hash gives each of them a sign, so that what collisions add has mean 0. `false` by default. */
  readonly signs?: boolean;
  /**
   * Rows of a hashed table of trained weights: a row is then the sum of the rows of its buckets, each times the weight that the id
   * finds for that probe. None by default; with two probes or more.
   */
  readonly importance?: number;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    hash: HashConfig;
  }
}

/** As many as there are 32-bit hashes. */
export const MAX_BUCKETS = 2 ** 32;
/** More would cost more than they part. Signs take the hash functions of a seed from this one on. */
export const MAX_PROBES = 16;

export const hashSchema: ConfigSchema<HashConfig> = {
  properties: {
    buckets: { type: 'integer', minimum: 1, maximum: MAX_BUCKETS },
    into: anyTable,
    function: { enum: ['mix', 'modulo'] },
    seed: { type: 'integer', minimum: 0, maximum: MAX_SEED },
    probes: { type: 'integer', minimum: 1, maximum: MAX_PROBES },
    signs: { type: 'boolean' },
    importance: { type: 'integer', minimum: 1, maximum: MAX_BUCKETS },
  },
  required: ['buckets', 'into'],
};
