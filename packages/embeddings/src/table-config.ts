/** One number a row and column: [N, D]. */
export interface DenseConfig {
  readonly kind: 'dense';
}

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
  readonly initialisation?: {
    /** `gaussian` by default; `sampled-gaussian` is the TT-Rec paper's, with the tails kept at |x| ≥ 2. */
    readonly distribution?: 'gaussian' | 'sampled-gaussian';
    /** `rank-aware` by default: row variance 1/(3N) at any rank. `reference` is FBTT's scale, which misses it. */
    readonly scale?: 'rank-aware' | 'reference';
  };
}

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
}

/** How the rows of a table are stored: a small expression. */
export type TableConfig = DenseConfig | TTConfig | HashConfig;
