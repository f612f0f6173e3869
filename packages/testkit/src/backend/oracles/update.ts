import type { OptimizerRule } from '@ttrec/backend';

export interface RowUpdate {
  readonly rule: OptimizerRule;
  readonly weights: readonly number[];
  readonly gradients: readonly number[];
  /** One number for `rowwise-adagrad`, as many as weights for `adagrad`, none for `sgd`. */
  readonly state: readonly number[];
  readonly learningRate: number;
  readonly epsilon: number;
}

/** One row after one step. */
export function updateOracle(row: RowUpdate): { weights: number[]; state: number[] } {
  const { rule, weights, gradients, learningRate, epsilon } = row;
  const squares = gradients.map((g) => g * g);
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  const added = { sgd: [], adagrad: squares, 'rowwise-adagrad': [mean] }[rule];
  const state = row.state.map((value, i) => value + added[i]!);
  const divisor = (i: number): number =>
    rule === 'sgd' ? 1 : Math.sqrt(state[rule === 'adagrad' ? i : 0]!) + epsilon;
  return { weights: weights.map((w, i) => w - (learningRate * gradients[i]!) / divisor(i)), state };
}
