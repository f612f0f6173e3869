import { mix32 } from '@ttrec/core';

const GOLDEN = 0x9e3779b9;
const TWO_POW_32 = 4294967296;

/**
 * Numbers in [0, 1) for stochastic rounding, a pure function of table, step, row and column: neither threads nor the order of rows
 * matter. Two rounds of `mix32` over the row, one over the column.
 */
export class RoundingKeys {
  readonly #step: number;

  /** @param word of the table @param step updates done before */
  constructor(word: number, step: number) {
    this.#step = mix32(word + Math.imul(step, GOLDEN));
  }

  /** The key of a row, for `uniform`. */
  row(row: number): number {
    return mix32(mix32(row) ^ this.#step);
  }
}

/** Of a column, given the key of its row. */
export function uniform(rowKey: number, column: number): number {
  return mix32(rowKey + Math.imul(column + 1, GOLDEN)) / TWO_POW_32;
}
