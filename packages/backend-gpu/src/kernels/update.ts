import { wholeBlock } from '@ttrec/backend';
import type { UpdateArgs } from '@ttrec/backend/kernels';
import type { DeviceMatrix } from '../memory/device-matrices.ts';
import type { KernelQueue, LaunchArgument } from '../memory/kernel-queue.ts';
import { HostMatrix } from '../memory/host-matrix.ts';
import { updateOnHost } from '../memory/host-rows.ts';
import type { KernelSource, ParameterType } from './kernel-source.ts';

/**
 * A kernel over every element of a buffer that changes the rows with a gradient and leaves the others bit for bit.
 * Row y's gradient is row `g` of `gradient`; without `byRow` every row has one, its own.
 */
function rowwise(parts: {
  readonly name: string;
  readonly byRow: boolean;
  /** What is changed: the first parameter. */
  readonly target: string;
  readonly more: Readonly<Record<string, ParameterType>>;
  readonly body: string;
}): KernelSource {
  const { byRow, target } = parts;
  return {
    name: `${parts.name}${byRow ? ' by row' : ''}`,
    parameters: {
      [target]: 'matrix',
      gradient: 'matrix',
      row: 'integer',
      column: 'integer',
      ...parts.more,
      ...(byRow && { gradientOf: 'matrix' }),
    },
    body: `
    const y = this.thread.y;
    const x = this.thread.x;
    const before = ${target}[y][x];
    ${byRow ? 'const at = gradientOf[0][y];' : 'const at = y;'}
    if (at < 0) return before;
    const g = row + at;
    ${parts.body}`,
  };
}

const rates = { learningRate: 'float', epsilon: 'float' } as const;
const readGradient = 'const slope = gradient[g][column + x];';

const sources = {
  sgd: (byRow: boolean) =>
    rowwise({
      name: 'sgd',
      byRow,
      target: 'weights',
      more: { learningRate: 'float' },
      body: `${readGradient}
    return before - learningRate * slope;`,
    }),
  adagradState: (byRow: boolean) =>
    rowwise({
      name: 'adagrad state',
      byRow,
      target: 'state',
      more: {},
      body: `${readGradient}
    return before + slope * slope;`,
    }),
  rowwiseState: (byRow: boolean) =>
    rowwise({
      name: 'row-wise adagrad state',
      byRow,
      target: 'state',
      more: { cols: 'integer' },
      body: `
    let squares = 0;
    for (let j = 0; j < cols; j += 1) {
      squares += gradient[g][column + j] * gradient[g][column + j];
    }
    return before + squares / cols;`,
    }),
  /** `stateColumn`: the state's column for column x of the weights. */
  weights: (byRow: boolean, name: string, stateColumn: 'x' | '0') =>
    rowwise({
      name: `${name} weights`,
      byRow,
      target: 'weights',
      more: { ...rates, state: 'matrix' },
      body: `${readGradient}
    return before - learningRate * slope / (Math.sqrt(state[y][${stateColumn}]) + epsilon);`,
    }),
};

export function update(queue: KernelQueue, args: UpdateArgs): void {
  const weights = queue.numbers(args.weights);
  if (weights.kind === 'rows') {
    updateOnHost(queue, weights, args);
    return;
  }
  const { rule, gradients, learningRate, epsilon } = args;
  const byRow = args.rows !== undefined;
  const map = byRow ? [gradientOf(queue, args)] : [];
  const gradient = [queue.matrix(gradients.buffer), gradients.row, gradients.column];
  const step = (target: DeviceMatrix, source: KernelSource, more: readonly LaunchArgument[]): DeviceMatrix =>
    queue.launch(source, [target.rows, target.cols], [target, ...gradient, ...more, ...map]);
  const all = wholeBlock(args.weights);
  if (rule === 'sgd') {
    queue.store(all, step(weights, sources.sgd(byRow), [learningRate]));
    return;
  }
  const state = queue.matrix(args.state!);
  const newState =
    rule === 'adagrad'
      ? step(state, sources.adagradState(byRow), [])
      : step(state, sources.rowwiseState(byRow), [gradients.cols]);
  queue.store(wholeBlock(args.state!), newState);
  const source = sources.weights(byRow, rule, rule === 'adagrad' ? 'x' : '0');
  queue.store(all, step(weights, source, [learningRate, epsilon, state]));
}

/** For each row of the weights, the row of its gradient, or -1. */
function gradientOf(queue: KernelQueue, { weights, rows }: UpdateArgs): HostMatrix {
  const of = new Float32Array(weights.rows).fill(-1);
  queue.indices(rows!).forEach((row, i) => (of[row] = i));
  return new HostMatrix(of);
}
