import type {
  AddArgs,
  BceWithLogitsArgs,
  BiasActivationBackwardArgs,
  CopyArgs,
  FillArgs,
  MultiplyArgs,
} from '@ttrec/backend/kernels';
import type { KernelQueue } from '../memory/kernel-queue.ts';
import type { KernelSource } from './kernel-source.ts';
import { constant } from './move.ts';

export function fill(queue: KernelQueue, { out, value }: FillArgs): void {
  queue.store(out, queue.launch(constant, [out.rows, out.cols], [value]));
}

export function copy(queue: KernelQueue, { from, to }: CopyArgs): void {
  queue.copy(to, from);
}

const products: KernelSource = {
  name: 'products',
  parameters: {
    a: 'matrix',
    b: 'matrix',
    aRow: 'integer',
    aColumn: 'integer',
    bRow: 'integer',
    bColumn: 'integer',
  },
  body: `
    const y = this.thread.y;
    const x = this.thread.x;
    return a[aRow + y][aColumn + x] * b[bRow + y][bColumn + x];`,
};

export function multiply(queue: KernelQueue, { a, b, out }: MultiplyArgs): void {
  const values = [queue.matrix(a.buffer), queue.matrix(b.buffer), a.row, a.column, b.row, b.column];
  queue.store(out, queue.launch(products, [out.rows, out.cols], values));
}

const sums: KernelSource = {
  name: 'scaled sums',
  parameters: { ...products.parameters, alpha: 'float', beta: 'float' },
  body: `
    const y = this.thread.y;
    const x = this.thread.x;
    return alpha * a[aRow + y][aColumn + x] + beta * b[bRow + y][bColumn + x];`,
};

export function add(queue: KernelQueue, { a, b, out, alpha = 1, beta = 1 }: AddArgs): void {
  const values = [queue.matrix(a.buffer), queue.matrix(b.buffer), a.row, a.column, b.row, b.column];
  queue.store(out, queue.launch(sums, [out.rows, out.cols], [...values, alpha, beta]));
}

const reluBackward: KernelSource = {
  name: 'relu backward',
  parameters: {
    output: 'matrix',
    gradient: 'matrix',
    outputRow: 'integer',
    outputColumn: 'integer',
    row: 'integer',
    column: 'integer',
  },
  // The gradient of a NaN stays, so that it is seen.
  body: `
    const y = this.thread.y;
    const x = this.thread.x;
    if (output[outputRow + y][outputColumn + x] <= 0) return 0;
    return gradient[row + y][column + x];`,
};

const columnSums: KernelSource = {
  name: 'column sums',
  parameters: { gradient: 'matrix', row: 'integer', column: 'integer', rows: 'integer' },
  body: `
    const x = this.thread.x;
    let sum = 0;
    for (let i = 0; i < rows; i += 1) {
      sum += gradient[row + i][column + x];
    }
    return sum;`,
};

export function biasActivationBackward(queue: KernelQueue, args: BiasActivationBackwardArgs): void {
  const { output, gradient, gradBias, activation } = args;
  const place = [gradient.row, gradient.column];
  const g = queue.matrix(gradient.buffer);
  if (activation === 'relu') {
    const values = [queue.matrix(output.buffer), g, output.row, output.column, ...place];
    queue.store(gradient, queue.launch(reluBackward, [gradient.rows, gradient.cols], values));
  }
  queue.store(gradBias, queue.launch(columnSums, [1, gradient.cols], [g, ...place, gradient.rows]));
}

const LOGIT_AND_LABEL = {
  logits: 'matrix',
  labels: 'matrix',
  logitRow: 'integer',
  logitColumn: 'integer',
  labelRow: 'integer',
  labelColumn: 'integer',
} as const;

// exp(-|z|) is at most 1, so that nothing overflows.
const READ_LOGIT_AND_LABEL = `
    const z = logits[logitRow + this.thread.y][logitColumn];
    const label = labels[labelRow + this.thread.y][labelColumn];
    const decay = Math.exp(-Math.abs(z));`;

const bceLoss: KernelSource = {
  name: 'bce loss',
  parameters: LOGIT_AND_LABEL,
  body: `${READ_LOGIT_AND_LABEL}
    return Math.max(z, 0) - z * label + Math.log(1 + decay);`,
};

const bceGradient: KernelSource = {
  name: 'bce gradient',
  parameters: { ...LOGIT_AND_LABEL, scale: 'float' },
  body: `${READ_LOGIT_AND_LABEL}
    if (z >= 0) return scale * (1 / (1 + decay) - label);
    return scale * (decay / (1 + decay) - label);`,
};

export function bceWithLogits(queue: KernelQueue, args: BceWithLogitsArgs): void {
  const { logits, labels, losses, gradLogits, scale } = args;
  const places = [logits.row, logits.column, labels.row, labels.column];
  const values = [queue.matrix(logits.buffer), queue.matrix(labels.buffer), ...places];
  const gradient = queue.launch(bceGradient, [logits.rows, 1], [...values, scale]);
  queue.store(losses, queue.launch(bceLoss, [logits.rows, 1], values));
  queue.store(gradLogits, gradient);
}
