import type { DeviceBuffer } from '@ttrec/backend';
import type { RegularizeArgs, SumOfSquaresArgs, UpdateArgs } from '@ttrec/backend/kernels';
import { strideOf, type Engine } from '../engine.ts';
import type { Argument } from '../call.ts';
import { byRows, PASS } from './by-rows.ts';

/** Nanoseconds to find a row. */
const FIND = 20;
/** Steps are counted modulo what float32 holds exactly. */
const STEPS = 2 ** 24;

type Rows = Pick<UpdateArgs, 'weights' | 'gradients' | 'rows'>;

/** A buffer of one row a row of the weights. Rows that are listed are found in it; others lie where their gradients do. */
function along(engine: Engine, { rows }: Rows, buffer: DeviceBuffer): Argument {
  return rows ? engine.buffer(buffer) : engine.perUnit(engine.buffer(buffer), 4 * buffer.cols);
}

/** Gradients, positions, and how many there are. */
function rowArguments(engine: Engine, { weights, gradients, rows }: Rows): Argument[] {
  const positions = rows ? engine.perUnit(engine.range(rows), 4) : 0;
  const from = [engine.perUnit(engine.block(gradients), strideOf(gradients)), strideOf(gradients), positions];
  return [...from, engine.countOf(gradients.rows), weights.cols];
}

function costOf({ weights, gradients, rows }: Rows): number {
  return gradients.rows * ((rows ? FIND : 0) + PASS * weights.cols);
}

export function update(engine: Engine, args: UpdateArgs): void {
  const { rule, weights, gradients, state, learningRate, epsilon } = args;
  const [to, from] = [along(engine, args, weights), rowArguments(engine, args)];
  const split = (factor: number) => byRows(gradients.rows, factor * costOf(args));
  if (rule === 'sgd') {
    engine.run('sgd', [to, ...from, learningRate], split(1));
    return;
  }
  const operands = [to, along(engine, args, state!), ...from];
  switch (rule) {
    case 'adagrad':
    case 'rowwise-adagrad': {
      const kernel = rule === 'adagrad' ? 'adagrad' : 'rowwiseAdagrad';
      engine.run(kernel, [...operands, learningRate, epsilon], split(2));
      return;
    }
    case 'adam':
    case 'rowwise-adam': {
      const [step, beta1, beta2] = [args.step!, args.beta1!, args.beta2!];
      const rates = [learningRate / (1 - beta1 ** step), 1 - beta2 ** step, epsilon];
      engine.run('adam', [...operands, Number(rule === 'rowwise-adam'), beta1, beta2, ...rates], split(3));
      return;
    }
    case 'ftrl': {
      if (learningRate === 0) return;
      const { l1 = 0, l2 = 0 } = args;
      engine.run('ftrl', [...operands, learningRate, epsilon, l1, l2], split(10));
    }
  }
}

export function regularize(engine: Engine, args: RegularizeArgs): void {
  const { weights, gradients, learningRate, l2 = 0, weightDecay = 0, lastStep, step = 0, clip } = args;
  const last = lastStep ? along(engine, args, lastStep) : 0;
  const pull = [l2, 1 / learningRate, 1 - learningRate * weightDecay, last, step % STEPS];
  const clipped = clip ? [engine.block(clip.squares), clip.squares.cols, clip.norm] : [0, 0, 1];
  const rows = [along(engine, args, weights), ...rowArguments(engine, args)];
  engine.run('regularize', [...rows, ...pull, ...clipped], byRows(gradients.rows, 2 * costOf(args)));
}

/** On one thread: the sum has one order. */
export function sumOfSquares(engine: Engine, { a, out }: SumOfSquaresArgs): void {
  engine.run('sumOfSquares', [engine.block(a), strideOf(a), a.rows, a.cols, engine.block(out)]);
}
