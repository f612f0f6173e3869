import type { OptimizerRule } from '@ttrec/backend';
import type { BagForwardArgs, UpdateArgs } from '@ttrec/backend/kernels';
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
  const { gradients, learningRate, epsilon } = args;
  const positions = args.rows && queue.positions(args.rows).slice();
  const matrix = queue.matrix(gradients.buffer);
  const state = args.state && (queue.numbers(args.state) as RowMemory).values;
  const step = rowSteps[args.rule];
  queue.stream.enqueue(async () => {
    const values = await queue.matrices.read(
      matrix,
      gradients.row * matrix.cols,
      gradients.rows * matrix.cols,
    );
    for (let i = 0; i < gradients.rows; i++) {
      const row = positions ? positions[i]! : i;
      const start = i * matrix.cols + gradients.column;
      step({
        weights: weights.values.subarray(row * weights.cols, (row + 1) * weights.cols),
        gradient: values.subarray(start, start + weights.cols),
        state: state?.subarray(row * (state.length / weights.values.length) * weights.cols) ?? values,
        learningRate,
        epsilon,
      });
    }
  });
}

interface RowStep {
  readonly weights: Float32Array;
  readonly gradient: Float32Array;
  /** From the row's state on. */
  readonly state: Float32Array;
  readonly learningRate: number;
  readonly epsilon: number;
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
    state[0]! += gradient.reduce((sum, g) => sum + g * g, 0) / gradient.length;
    const step = learningRate / (Math.sqrt(state[0]!) + epsilon);
    gradient.forEach((g, j) => (weights[j]! -= step * g));
  },
};
