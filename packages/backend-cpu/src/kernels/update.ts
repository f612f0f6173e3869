import type { OptimizerRule } from '@ttrec/backend';
import type { UpdateArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../arrays.ts';

/** Where one row of an update lies in its three arrays. */
interface RowUpdate {
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly state: Float32Array;
  readonly cols: number;
  readonly learningRate: number;
  readonly epsilon: number;
  /** Index of the row's first element. */
  weight: number;
  gradient: number;
  /** Row in `weights`. */
  row: number;
}

const NO_STATE = new Float32Array(0);

export function createUpdate(arrays: Arrays): (args: UpdateArgs) => void {
  return ({ rule, weights, gradients, state, rows, learningRate, epsilon }) => {
    const positions = rows && arrays.uint32(rows.buffer);
    const updateRow = rowRules[rule];
    const at: RowUpdate = {
      weights: arrays.float32(weights),
      gradients: arrays.float32(gradients.buffer),
      state: state ? arrays.float32(state) : NO_STATE,
      cols: weights.cols,
      learningRate,
      epsilon,
      weight: 0,
      gradient: 0,
      row: 0,
    };
    for (let i = 0; i < gradients.rows; i++) {
      at.row = positions === undefined ? i : positions[rows!.start + i]!;
      at.weight = at.row * weights.cols;
      at.gradient = blockOffset(gradients) + i * gradients.buffer.cols;
      updateRow(at);
    }
  };
}

const rowRules: { readonly [Rule in OptimizerRule]: (at: RowUpdate) => void } = {
  sgd({ weights, gradients, cols, learningRate, weight, gradient }) {
    for (let j = 0; j < cols; j++) weights[weight + j]! -= learningRate * gradients[gradient + j]!;
  },

  adagrad({ weights, gradients, state, cols, learningRate, epsilon, weight, gradient }) {
    for (let j = 0; j < cols; j++) {
      const g = gradients[gradient + j]!;
      state[weight + j]! += g * g;
      weights[weight + j]! -= (learningRate * g) / (Math.sqrt(state[weight + j]!) + epsilon);
    }
  },

  'rowwise-adagrad'({ weights, gradients, state, cols, learningRate, epsilon, weight, gradient, row }) {
    let squares = 0;
    for (let j = 0; j < cols; j++) squares += gradients[gradient + j]! * gradients[gradient + j]!;
    state[row]! += squares / cols;
    const step = learningRate / (Math.sqrt(state[row]!) + epsilon);
    for (let j = 0; j < cols; j++) weights[weight + j]! -= step * gradients[gradient + j]!;
  },
};
