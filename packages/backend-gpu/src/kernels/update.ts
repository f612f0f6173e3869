import { wholeBlock } from '@ttrec/backend';
import type { UpdateArgs } from '@ttrec/backend/kernels';
import type { KernelQueue, LaunchArgument } from '../memory/kernel-queue.ts';
import { updateOnHost } from '../memory/host-rows.ts';
import { launcher, rowwise, type RowwiseSource } from './rowwise.ts';

const rates = { learningRate: 'float', epsilon: 'float' } as const;
const readGradient = 'const slope = gradient[g][column + x];';
/** In a state of two halves, or of one and a number. */
const readColumn = `const c = x < cols ? x : x - cols;
    const slope = gradient[g][column + c];`;

const meanSquare = `
    let squares = 0;
    for (let j = 0; j < cols; j += 1) {
      squares += gradient[g][column + j] * gradient[g][column + j];
    }`;

/** `stateColumn`: the state's column for column x of the weights. */
function adagradWeights(name: string, stateColumn: 'x' | '0'): RowwiseSource {
  return rowwise({
    name: `${name} weights`,
    target: 'weights',
    more: { ...rates, state: 'matrix' },
    body: `${readGradient}
    return before - learningRate * slope / (Math.sqrt(state[y][${stateColumn}]) + epsilon);`,
  });
}

function adamWeights(name: string, stateColumn: 'cols + x' | 'cols'): RowwiseSource {
  return rowwise({
    name: `${name} weights`,
    target: 'weights',
    more: { ...rates, state: 'matrix', cols: 'integer', correction: 'float' },
    body: `
    return before - learningRate * state[y][x] / (Math.sqrt(state[y][${stateColumn}] / correction) + epsilon);`,
  });
}

/** `rest1` is 1 - beta1, which would be off by the rounding of beta1 here. */
const betas = { cols: 'integer', beta1: 'float', rest1: 'float', beta2: 'float', rest2: 'float' } as const;

const sources = {
  sgd: rowwise({
    name: 'sgd',
    target: 'weights',
    more: { learningRate: 'float' },
    body: `${readGradient}
    return before - learningRate * slope;`,
  }),
  adagradState: rowwise({
    name: 'adagrad state',
    target: 'state',
    more: {},
    body: `${readGradient}
    return before + slope * slope;`,
  }),
  adagradWeights: adagradWeights('adagrad', 'x'),
  rowwiseState: rowwise({
    name: 'row-wise adagrad state',
    target: 'state',
    more: { cols: 'integer' },
    body: `${meanSquare}
    return before + squares / cols;`,
  }),
  rowwiseWeights: adagradWeights('rowwise-adagrad', '0'),
  adamState: rowwise({
    name: 'adam state',
    target: 'state',
    more: betas,
    body: `${readColumn}
    if (x < cols) return beta1 * before + rest1 * slope;
    return beta2 * before + rest2 * slope * slope;`,
  }),
  adamWeights: adamWeights('adam', 'cols + x'),
  rowwiseAdamState: rowwise({
    name: 'row-wise adam state',
    target: 'state',
    more: betas,
    body: `
    if (x < cols) return beta1 * before + rest1 * gradient[g][column + x];
    ${meanSquare}
    return beta2 * before + rest2 * squares / cols;`,
  }),
  rowwiseAdamWeights: adamWeights('rowwise-adam', 'cols'),
  ftrlState: rowwise({
    name: 'ftrl state',
    target: 'state',
    more: { cols: 'integer', learningRate: 'float', weights: 'matrix' },
    body: `${readColumn}
    const n = state[y][cols + c];
    if (x >= cols) return n + slope * slope;
    return before + slope - (Math.sqrt(n + slope * slope) - Math.sqrt(n)) / learningRate * weights[y][c];`,
  }),
  ftrlWeights: rowwise({
    name: 'ftrl weights',
    target: 'weights',
    more: { ...rates, state: 'matrix', cols: 'integer', l1: 'float', l2: 'float' },
    body: `
    const z = state[y][x];
    const over = Math.abs(z) - l1;
    if (over <= 0) return 0;
    const divisor = (epsilon + Math.sqrt(state[y][cols + x])) / learningRate + l2;
    if (z > 0) return -over / divisor;
    return over / divisor;`,
  }),
};

export function update(queue: KernelQueue, args: UpdateArgs): void {
  const weights = queue.numbers(args.weights);
  if (weights.kind === 'rows') {
    updateOnHost(queue, weights, args);
    return;
  }
  const { rule, gradients, learningRate, epsilon } = args;
  const step = launcher(queue, args);
  const all = wholeBlock(args.weights);
  if (rule === 'sgd') {
    queue.store(all, step(weights, sources.sgd, [learningRate]));
    return;
  }
  const state = queue.matrix(args.state!);
  /** The state first, then the weights from it. */
  const two = (
    [ofState, ofWeights]: readonly [RowwiseSource, RowwiseSource],
    forState: readonly LaunchArgument[],
    [rate, ...more]: readonly [LaunchArgument, ...LaunchArgument[]],
  ): void => {
    queue.store(wholeBlock(args.state!), step(state, ofState, forState));
    queue.store(all, step(weights, ofWeights, [rate, epsilon, state, ...more]));
  };
  const { cols } = gradients;
  const { step: done = 1, beta1 = 0, beta2 = 0, l1 = 0, l2 = 0 } = args;
  const corrected = [learningRate / (1 - beta1 ** done), cols, 1 - beta2 ** done] as const;
  const moments = [cols, beta1, 1 - beta1, beta2, 1 - beta2];
  switch (rule) {
    case 'adagrad':
      two([sources.adagradState, sources.adagradWeights], [], [learningRate]);
      return;
    case 'rowwise-adagrad':
      two([sources.rowwiseState, sources.rowwiseWeights], [cols], [learningRate]);
      return;
    case 'adam':
      two([sources.adamState, sources.adamWeights], moments, corrected);
      return;
    case 'rowwise-adam':
      two([sources.rowwiseAdamState, sources.rowwiseAdamWeights], moments, corrected);
      return;
    case 'ftrl':
      if (learningRate === 0) return;
      two(
        [sources.ftrlState, sources.ftrlWeights],
        [cols, learningRate, weights],
        [learningRate, cols, l1, l2],
      );
  }
}
