/** Says which unknown rows make a row, and by which factors: row `id` is near the sum of `factors[t] · unknown[places[t]]`. */
export interface Mixture {
  /** Unknown rows. */
  readonly unknowns: number;
  /** Terms a row. */
  readonly terms: number;
  /** Writes places [terms] and factors [terms] of a row. */
  readonly write: (id: number, places: Float64Array, factors: Float64Array) => void;
}
