import type { Block, OptimizerRule } from '@ttrec/backend';
import { stateCols, type BagForwardArgs, type RegularizeArgs, type UpdateArgs } from '@ttrec/backend/kernels';
import type { DeviceMatrix } from './device-matrices.ts';
import type { KernelQueue } from './kernel-queue.ts';
import type { RowMemory } from './memory.ts';

/** Enqueues the pooling of rows that are kept on the host: [bags, D], which goes to the device with its first reader. */
export function poolOnHost(queue: KernelQueue, table: RowMemory, args: BagForwardArgs): DeviceMatrix {
  const { rows, index, pooling, weights } = args;
  const offsets = queue.positions(index.offsets).slice();
  const lookups = queue.positions(index.lookupRow).slice();
  const weightMatrix = weights && queue.matrix(weights.buffer);
  const first = rows.row * table.cols + rows.column;
  const result: DeviceMatrix = { rows: index.bags, cols: rows.cols };
  queue.stream.enqueue(async () => {
    const scales = weightMatrix && (await queue.matrices.read(weightMatrix, weights.start, weights.length));
    const pooled = new Float32Array(result.rows * result.cols);
    for (let bag = 0; bag < result.rows; bag++) {
      const sum = pooled.subarray(bag * result.cols, (bag + 1) * result.cols);
      const end = offsets[bag + 1]!;
      for (let l = offsets[bag]!; l < end; l++) {
        const from = first + lookups[l]! * table.cols;
        const scale = scales ? scales[l]! : 1;
        for (let j = 0; j < sum.length; j++) sum[j]! += scale * table.values[from + j]!;
      }
      const count = end - offsets[bag]!;
      if (pooling === 'mean' && count > 1) for (let j = 0; j < sum.length; j++) sum[j]! /= count;
    }
    result.value = pooled;
  });
  return result;
}

/** Enqueues the update of rows that are kept on the host: the gradients come there, [U, D] of them. */
export function updateOnHost(queue: KernelQueue, weights: RowMemory, args: UpdateArgs): void {
  const { rule, gradients, learningRate, epsilon, rows } = args;
  const { step: done = 1, beta1 = 0, beta2 = 0, l1 = 0, l2 = 0 } = args;
  if (rule === 'ftrl' && learningRate === 0) return;
  const positions = rows && queue.positions(rows).slice();
  const matrix = queue.matrix(gradients.buffer);
  const state = args.state && (queue.numbers(args.state) as RowMemory).values;
  const stateWidth = stateCols(rule, weights.cols);
  const step = rowSteps[rule];
  const [correction1, correction2] = [1 - beta1 ** done, 1 - beta2 ** done];
  queue.stream.enqueue(async () => {
    const values = await readRows(queue, matrix, gradients);
    for (let i = 0; i < gradients.rows; i++) {
      const row = positions ? positions[i]! : i;
      const start = i * matrix.cols + gradients.column;
      step({
        weights: weights.values.subarray(row * weights.cols, (row + 1) * weights.cols),
        gradient: values.subarray(start, start + weights.cols),
        state: state?.subarray(row * stateWidth, (row + 1) * stateWidth) ?? values,
        ...{ learningRate, epsilon, beta1, beta2, correction1, correction2, l1, l2 },
      });
    }
  });
}

/** Enqueues what goes before it, clipping apart: the gradients come to the host, and go back with their share of the weights. */
export function regularizeOnHost(queue: KernelQueue, weights: RowMemory, args: RegularizeArgs): void {
  const { gradients, learningRate, l2 = 0, weightDecay = 0, rows, step = 0 } = args;
  const positions = rows && queue.positions(rows).slice();
  const matrix = queue.matrix(gradients.buffer);
  const last = args.lastStep && (queue.numbers(args.lastStep) as RowMemory).values;
  const { cols } = weights;
  const pulled: DeviceMatrix = { rows: gradients.rows, cols };
  queue.stream.enqueue(async () => {
    if (gradients.rows === 0) return;
    const values = await readRows(queue, matrix, gradients);
    const result = new Float32Array(gradients.rows * cols);
    for (let i = 0; i < gradients.rows; i++) {
      const row = positions ? positions[i]! : i;
      const steps = last ? ((step % STEPS) - last[row]! + STEPS) % STEPS : 1;
      if (last) last[row] = step % STEPS;
      const pull = Math.min(l2 * steps, 1 / learningRate);
      const own = weights.values.subarray(row * cols, (row + 1) * cols);
      own.forEach((w, j) => {
        result[i * cols + j] = values[i * matrix.cols + gradients.column + j]! + (l2 === 0 ? 0 : pull * w);
        if (weightDecay !== 0) own[j] = w * (1 - learningRate * weightDecay);
      });
    }
    pulled.value = result;
  });
  queue.store(gradients, pulled);
}

/** Steps are counted modulo what float32 holds exactly. */
const STEPS = 2 ** 24;

/** The rows of a block, all columns of its buffer. */
function readRows(queue: KernelQueue, matrix: DeviceMatrix, { row, rows }: Block): Promise<Float32Array> {
  return queue.matrices.read(matrix, row * matrix.cols, rows * matrix.cols);
}

interface RowStep {
  readonly weights: Float32Array;
  readonly gradient: Float32Array;
  readonly state: Float32Array;
  readonly learningRate: number;
  readonly epsilon: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly correction1: number;
  readonly correction2: number;
  readonly l1: number;
  readonly l2: number;
}

const rowSteps: { readonly [Rule in OptimizerRule]: (row: RowStep) => void } = {
  sgd({ weights, gradient, learningRate }) {
    gradient.forEach((g, j) => (weights[j]! -= learningRate * g));
  },
  adagrad({ weights, gradient, state, learningRate, epsilon }) {
    gradient.forEach((g, j) => {
      state[j]! += g * g;
      weights[j]! -= (learningRate * g) / (Math.sqrt(state[j]!) + epsilon);
    });
  },
  'rowwise-adagrad'({ weights, gradient, state, learningRate, epsilon }) {
    state[0]! += meanSquare(gradient);
    const step = learningRate / (Math.sqrt(state[0]!) + epsilon);
    gradient.forEach((g, j) => (weights[j]! -= step * g));
  },
  adam(row) {
    const { gradient, state, beta2 } = row;
    gradient.forEach((g, j) => {
      const v = gradient.length + j;
      state[v] = beta2 * state[v]! + (1 - beta2) * g * g;
      moveByMoments(row, j, v);
    });
  },
  'rowwise-adam'(row) {
    const { gradient, state, beta2 } = row;
    const v = gradient.length;
    state[v] = beta2 * state[v]! + (1 - beta2) * meanSquare(gradient);
    for (let j = 0; j < v; j++) moveByMoments(row, j, v);
  },
  ftrl({ weights, gradient, state, learningRate, epsilon, l1, l2 }) {
    gradient.forEach((g, j) => {
      const n = gradient.length + j;
      const before = Math.sqrt(state[n]!);
      state[n]! += g * g;
      const root = Math.sqrt(state[n]!);
      state[j]! += g - ((root - before) / learningRate) * weights[j]!;
      const over = Math.abs(state[j]!) - l1;
      const divisor = (epsilon + root) / learningRate + l2;
      weights[j] = over <= 0 ? 0 : (-Math.sign(state[j]!) * over) / divisor;
    });
  },
};

function meanSquare(gradient: Float32Array): number {
  return gradient.reduce((sum, g) => sum + g * g, 0) / gradient.length;
}

function moveByMoments(row: RowStep, j: number, v: number): void {
  const { weights, gradient, state, beta1, correction1, correction2, learningRate, epsilon } = row;
  state[j] = beta1 * state[j]! + (1 - beta1) * gradient[j]!;
  const divisor = Math.sqrt(state[v]! / correction2) + epsilon;
  weights[j]! -= ((learningRate / correction1) * state[j]) / divisor;
}
