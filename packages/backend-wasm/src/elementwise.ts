import type { BceWithLogitsArgs, CopyArgs, FillArgs, MultiplyArgs, UpdateArgs } from '@ttrec/backend';
import { strideOf, type Engine } from './engine.ts';

export function bceWithLogits(engine: Engine, args: BceWithLogitsArgs): void {
  const { logits, labels, losses, gradLogits, scale } = args;
  const operands = [logits, labels, losses, gradLogits].flatMap((block) => [
    engine.block(block),
    strideOf(block),
  ]);
  engine.kernels.bceWithLogits(...operands, logits.rows, scale);
}

export function update(engine: Engine, args: UpdateArgs): void {
  const { rule, weights, gradients, state, rows, learningRate, epsilon } = args;
  const from = [engine.block(gradients), strideOf(gradients), engine.range(rows)];
  const shape = [gradients.rows, weights.cols];
  const to = engine.buffer(weights);
  switch (rule) {
    case 'sgd':
      engine.kernels.sgd(to, ...from, ...shape, learningRate);
      return;
    case 'adagrad':
      engine.kernels.adagrad(to, engine.buffer(state!), ...from, ...shape, learningRate, epsilon);
      return;
    case 'rowwise-adagrad':
      engine.kernels.rowwiseAdagrad(to, engine.buffer(state!), ...from, ...shape, learningRate, epsilon);
  }
}

export function fill(engine: Engine, { out, value }: FillArgs): void {
  engine.kernels.fill(engine.block(out), strideOf(out), out.rows, out.cols, value);
}

export function copy(engine: Engine, { from, to }: CopyArgs): void {
  engine.kernels.copyRows(
    ...[engine.block(from), strideOf(from), engine.block(to), strideOf(to)],
    ...[to.rows, to.cols],
  );
}

export function multiply(engine: Engine, { a, b, out }: MultiplyArgs): void {
  const operands = [a, b, out].flatMap((block) => [engine.block(block), strideOf(block)]);
  engine.kernels.multiply(...operands, out.rows, out.cols);
}
