import type { BceWithLogitsArgs, CopyArgs, FillArgs, MultiplyArgs, UpdateArgs } from '@ttrec/backend/kernels';
import { strideOf, type Engine } from '../engine.ts';
import { countOf, perUnit, type Split } from '../threads/call.ts';

/** Nanoseconds: an exponential and a logarithm in float64; to find a row; a number that is read, changed and written. */
const LOSS = 40;
const FIND = 20;
const PASS = 0.3;

/** All of these are cut between rows. */
function byRows(rows: number, cost: number): Split {
  return { units: rows, grain: 8, cost, partsPerThread: 4 };
}

export function bceWithLogits(engine: Engine, args: BceWithLogitsArgs): void {
  const { logits, labels, losses, gradLogits, scale } = args;
  const operands = [logits, labels, losses, gradLogits].flatMap((block) => [
    perUnit(engine.block(block), strideOf(block)),
    strideOf(block),
  ]);
  const { rows } = logits;
  engine.run('bceWithLogits', [...operands, countOf(rows), scale], byRows(rows, LOSS * rows));
}

/** Rows that are listed are found in the weights and in the state; others lie where their gradients do. */
export function update(engine: Engine, args: UpdateArgs): void {
  const { rule, weights, gradients, state, rows, learningRate, epsilon } = args;
  const along = (buffer: typeof weights) =>
    rows ? engine.buffer(buffer) : perUnit(engine.buffer(buffer), 4 * buffer.cols);
  const positions = rows ? perUnit(engine.range(rows), 4) : 0;
  const from = [perUnit(engine.block(gradients), strideOf(gradients)), strideOf(gradients), positions];
  const shape = [countOf(gradients.rows), weights.cols];
  const to = along(weights);
  const cost = gradients.rows * ((rows ? FIND : 0) + PASS * weights.cols);
  switch (rule) {
    case 'sgd':
      engine.run('sgd', [to, ...from, ...shape, learningRate], byRows(gradients.rows, cost));
      return;
    case 'adagrad':
    case 'rowwise-adagrad': {
      const kernel = rule === 'adagrad' ? 'adagrad' : 'rowwiseAdagrad';
      const steps = [learningRate, epsilon];
      engine.run(kernel, [to, along(state!), ...from, ...shape, ...steps], byRows(gradients.rows, 2 * cost));
    }
  }
}

export function fill(engine: Engine, { out, value }: FillArgs): void {
  const { rows, cols } = out;
  engine.run(
    'fill',
    [perUnit(engine.block(out), strideOf(out)), strideOf(out), countOf(rows), cols, value],
    byRows(rows, (PASS / 2) * rows * cols),
  );
}

export function copy(engine: Engine, { from, to }: CopyArgs): void {
  const [source, target] = [from, to].map((block) => perUnit(engine.block(block), strideOf(block)));
  engine.run(
    'copyRows',
    [source!, strideOf(from), target!, strideOf(to), countOf(to.rows), to.cols],
    byRows(to.rows, (PASS / 2) * to.rows * to.cols),
  );
}

export function multiply(engine: Engine, { a, b, out }: MultiplyArgs): void {
  const operands = [a, b, out].flatMap((block) => [
    perUnit(engine.block(block), strideOf(block)),
    strideOf(block),
  ]);
  const { rows, cols } = out;
  engine.run('multiply', [...operands, countOf(rows), cols], byRows(rows, PASS * rows * cols));
}
