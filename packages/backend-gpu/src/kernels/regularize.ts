import { wholeBlock } from '@ttrec/backend';
import type { RegularizeArgs, SumOfSquaresArgs } from '@ttrec/backend/kernels';
import { regularizeOnHost } from '../memory/host-rows.ts';
import { HostMatrix } from '../memory/host-matrix.ts';
import type { KernelQueue, LaunchArgument } from '../memory/kernel-queue.ts';
import type { KernelSource } from './kernel-source.ts';
import { launcher, rowwise } from './rowwise.ts';

/** Steps are counted modulo what float32 holds exactly. */
const STEPS = 2 ** 24;
/** The largest float32 number, in place of the infinity that 1 / 0 is. */
const LARGEST = 3.4e38;

const clipped: KernelSource = {
  name: 'clipped gradients',
  parameters: {
    gradient: 'matrix',
    row: 'integer',
    column: 'integer',
    squares: 'matrix',
    squaresRow: 'integer',
    squaresColumn: 'integer',
    parts: 'integer',
    norm: 'float',
  },
  body: `
    let sum = 0;
    for (let i = 0; i < parts; i += 1) {
      sum += squares[squaresRow][squaresColumn + i];
    }
    const scale = Math.min(1, norm / (Math.sqrt(sum) + 0.000001));
    return scale * gradient[row + this.thread.y][column + this.thread.x];`,
};

/** Gradients with their share of the weights. `last`: whether rows are pulled by the steps since the one in `lastStep`. */
function pulled(last: boolean): KernelSource {
  return {
    name: `pulled gradients${last ? ' by steps' : ''}`,
    parameters: {
      gradient: 'matrix',
      row: 'integer',
      column: 'integer',
      weights: 'matrix',
      rowOf: 'matrix',
      l2: 'float',
      most: 'float',
      ...(last && { lastStep: 'matrix', step: 'integer' }),
    },
    body: `
    const x = this.thread.x;
    const at = rowOf[0][this.thread.y];
    let steps = 1;
    ${last ? `steps = step - lastStep[at][0];\n    if (steps < 0) steps += ${STEPS};` : ''}
    return gradient[row + this.thread.y][column + x] + Math.min(l2 * steps, most) * weights[at][x];`,
  };
}

const decayed = rowwise({
  name: 'decayed weights',
  target: 'weights',
  more: { kept: 'float' },
  body: 'return kept * before;',
});
const touched = rowwise({
  name: 'last step',
  target: 'lastStep',
  more: { step: 'integer' },
  body: 'return step;',
});

export function regularize(queue: KernelQueue, args: RegularizeArgs): void {
  const { gradients, learningRate, l2 = 0, weightDecay = 0, clip } = args;
  const gradient = queue.matrix(gradients.buffer);
  const place = [gradient, gradients.row, gradients.column];
  const size = [gradients.rows, gradients.cols] as const;
  if (clip) {
    const { buffer, row, column, cols } = clip.squares;
    const squares = [queue.matrix(buffer), row, column, cols, clip.norm];
    queue.store(gradients, queue.launch(clipped, size, [...place, ...squares]));
  }
  const weights = queue.numbers(args.weights);
  if (weights.kind === 'rows') {
    regularizeOnHost(queue, weights, args);
    return;
  }
  const step = (args.step ?? 0) % STEPS;
  const lastStep = args.lastStep && queue.matrix(args.lastStep);
  if (l2 !== 0) {
    const positions = args.rows
      ? queue.indices(args.rows)
      : Uint32Array.from({ length: gradients.rows }, (_, i) => i);
    const pull: LaunchArgument[] = [new HostMatrix(positions), l2, Math.min(1 / learningRate, LARGEST)];
    const since = lastStep ? [lastStep, step] : [];
    const source = pulled(lastStep !== undefined);
    queue.store(gradients, queue.launch(source, size, [...place, weights, ...pull, ...since]));
  }
  const launch = launcher(queue, args);
  if (lastStep) queue.store(wholeBlock(args.lastStep), launch(lastStep, touched, [step]));
  if (weightDecay === 0) return;
  queue.store(wholeBlock(args.weights), launch(weights, decayed, [1 - learningRate * weightDecay]));
}

/** Rows are summed side by side and their sums one after another, so that the order is fixed. */
const rowSquares: KernelSource = {
  name: 'squares of rows',
  parameters: { a: 'matrix', row: 'integer', column: 'integer', cols: 'integer' },
  body: `
    let sum = 0;
    for (let j = 0; j < cols; j += 1) {
      sum += a[row + this.thread.y][column + j] * a[row + this.thread.y][column + j];
    }
    return sum;`,
};

const sumOfRows: KernelSource = {
  name: 'sum of rows',
  parameters: { sums: 'matrix', rows: 'integer' },
  body: `
    let sum = 0;
    for (let i = 0; i < rows; i += 1) {
      sum += sums[i][0];
    }
    return sum;`,
};

export function sumOfSquares(queue: KernelQueue, { a, out }: SumOfSquaresArgs): void {
  const sums = queue.launch(rowSquares, [a.rows, 1], [queue.matrix(a.buffer), a.row, a.column, a.cols]);
  queue.store(out, queue.launch(sumOfRows, [1, 1], [sums, a.rows]));
  queue.stream.enqueue(async () => queue.matrices.drop(sums));
}
