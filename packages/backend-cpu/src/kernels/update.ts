import type { OptimizerRule } from '@ttrec/backend';
import { stateCols, type UpdateArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../arrays.ts';

/** Where one row of an update lies in its three arrays. */
interface RowUpdate extends Readonly<Required<Pick<UpdateArgs, 'learningRate' | 'epsilon' | 'l1' | 'l2'>>> {
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly state: Float32Array;
  readonly cols: number;
  readonly beta1: number;
  readonly beta2: number;
  /** 1 - beta1^step and 1 - beta2^step. */
  readonly correction1: number;
  readonly correction2: number;
  /** Index of the row's first element. */
  weight: number;
  gradient: number;
  first: number;
}

const NO_STATE = new Float32Array(0);

export function createUpdate(arrays: Arrays): (args: UpdateArgs) => void {
  return (args) => {
    const { rule, weights, gradients, state, rows, learningRate, epsilon } = args;
    const { step = 1, beta1 = 0, beta2 = 0, l1 = 0, l2 = 0 } = args;
    const positions = rows && arrays.uint32(rows.buffer);
    const updateRow = rowRules[rule];
    const stateWidth = stateCols(rule, weights.cols);
    const at: RowUpdate = {
      weights: arrays.float32(weights),
      gradients: arrays.float32(gradients.buffer),
      state: state ? arrays.float32(state) : NO_STATE,
      cols: weights.cols,
      learningRate,
      epsilon,
      beta1,
      beta2,
      correction1: 1 - beta1 ** step,
      correction2: 1 - beta2 ** step,
      l1,
      l2,
      weight: 0,
      gradient: 0,
      first: 0,
    };
    if (rule === 'ftrl' && learningRate === 0) return;
    for (let i = 0; i < gradients.rows; i++) {
      const row = positions === undefined ? i : positions[rows!.start + i]!;
      at.weight = row * weights.cols;
      at.first = row * stateWidth;
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

  'rowwise-adagrad'({ weights, gradients, state, cols, learningRate, epsilon, weight, gradient, first }) {
    state[first]! += meanSquare(gradients, gradient, cols);
    const step = learningRate / (Math.sqrt(state[first]!) + epsilon);
    for (let j = 0; j < cols; j++) weights[weight + j]! -= step * gradients[gradient + j]!;
  },

  adam(at) {
    const { gradients, state, cols, beta2, gradient, first } = at;
    for (let j = 0; j < cols; j++) {
      const g = gradients[gradient + j]!;
      state[first + cols + j] = beta2 * state[first + cols + j]! + (1 - beta2) * g * g;
      moveByMoments(at, j, first + cols + j);
    }
  },

  'rowwise-adam'(at) {
    const { gradients, state, cols, beta2, gradient, first } = at;
    const mean = meanSquare(gradients, gradient, cols);
    state[first + cols] = beta2 * state[first + cols]! + (1 - beta2) * mean;
    for (let j = 0; j < cols; j++) moveByMoments(at, j, first + cols);
  },

  ftrl({ weights, gradients, state, cols, learningRate, epsilon, l1, l2, weight, gradient, first }) {
    for (let j = 0; j < cols; j++) {
      const [g, z, n] = [gradients[gradient + j]!, first + j, first + cols + j];
      const before = Math.sqrt(state[n]!);
      state[n]! += g * g;
      const root = Math.sqrt(state[n]!);
      state[z]! += g - ((root - before) / learningRate) * weights[weight + j]!;
      const over = Math.abs(state[z]!) - l1;
      weights[weight + j] =
        over <= 0 ? 0 : (-Math.sign(state[z]!) * over) / ((epsilon + root) / learningRate + l2);
    }
  },
};

function meanSquare(gradients: Float32Array, first: number, cols: number): number {
  let squares = 0;
  for (let j = 0; j < cols; j++) squares += gradients[first + j]! * gradients[first + j]!;
  return squares / cols;
}

/** Adam's first moment and step of column j. @param v where its second moment is */
function moveByMoments(at: RowUpdate, j: number, v: number): void {
  const { weights, gradients, state, beta1, correction1, correction2, learningRate, epsilon } = at;
  const m = at.first + j;
  state[m] = beta1 * state[m]! + (1 - beta1) * gradients[at.gradient + j]!;
  const divisor = Math.sqrt(state[v]! / correction2) + epsilon;
  weights[at.weight + j]! -= ((learningRate / correction1) * state[m]) / divisor;
}
