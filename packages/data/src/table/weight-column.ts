import { Growable } from '../cells/growable.ts';
import { float32In, float32Of, valuesIn, CellFault, type Cell } from './cell.ts';

/** The weights of the ids of a feature, row by row. */
export class WeightColumn {
  readonly #cell: Cell;
  readonly #ends = new Growable((length) => new Uint32Array(length));
  readonly #weights = new Growable((length) => new Float32Array(length));
  #length = 0;

  constructor(cell: Cell) {
    this.#cell = cell;
  }

  /** Takes the weights of the loaded row as row `row`. @throws CellFault unless there is a number for each of `count` ids */
  read(row: number, separator: string, count: number): void {
    const weights = weightsIn(valuesIn(this.#cell, separator), count, this.#cell.name, this.#cell.text);
    this.#length = row === 0 ? 0 : this.#ends.get(row - 1);
    for (const weight of weights) this.#weights.set(this.#length++, weight);
    this.#ends.set(row, this.#length);
  }

  /** The weights of a row. */
  at(row: number): Float32Array {
    return this.#weights.slice(row === 0 ? 0 : this.#ends.get(row - 1), this.#ends.get(row));
  }

  /** All weights in order, for a digest. */
  all(rows: number): Float32Array {
    return this.#weights.slice(0, rows === 0 ? 0 : this.#ends.get(rows - 1));
  }
}

/** @throws CellFault */
export function weightsIn(texts: readonly string[], count: number, column: string, got: unknown): number[] {
  if (texts.length !== count) throw new CellFault(column, `must have a weight for each of ${count} ids`, got);
  return texts.map((text) => float32Of(text, column));
}

/** The weight of a row, at least 0. @throws CellFault */
export function rowWeightIn(cell: Cell): number {
  const weight = float32In(cell);
  if (weight >= 0) return weight;
  throw cell.fault('a weight must be a number of at least 0');
}
