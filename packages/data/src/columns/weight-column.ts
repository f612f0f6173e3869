import { counted } from '@ttrec/core';
import { float32Writer } from '../chunks/section-writer.ts';
import { float32In, float32Of, valuesIn, CellFault, type Cell } from './cell.ts';

/** The weights of the ids of a feature, which are as many. */
export class WeightColumn {
  readonly #cell: Cell;
  readonly #weights = float32Writer();

  constructor(cell: Cell) {
    this.#cell = cell;
  }

  /** The weights of the loaded record. @throws CellFault unless there is a number for each of `count` ids */
  read(separator: string, count: number): readonly number[] {
    return weightsIn(valuesIn(this.#cell, separator), count, this.#cell.name, this.#cell.text);
  }

  /** Keeps weights from place `at` of the chunk on. */
  write(at: number, weights: readonly number[]): void {
    weights.forEach((weight, i) => {
      this.#weights.set(at + i, weight);
    });
  }

  take(length: number): Float32Array {
    return this.#weights.take(length);
  }
}

/** @throws CellFault */
export function weightsIn(texts: readonly string[], count: number, column: string, got: unknown): number[] {
  if (texts.length !== count)
    throw new CellFault(column, `must have a weight for each of ${counted(count, 'id')}`, got);
  return texts.map((text) => float32Of(text, column));
}

/** The weight of a row, at least 0. @throws CellFault */
export function rowWeightIn(cell: Cell): number {
  const weight = float32In(cell);
  if (weight >= 0) return weight;
  throw cell.fault('a weight must be a number of at least 0');
}
