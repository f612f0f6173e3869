import type { DotInteractionArgs, DotInteractionBackwardArgs } from '@ttrec/backend/kernels';
import type { KernelQueue } from '../memory/kernel-queue.ts';
import { HostMatrix } from '../memory/host-matrix.ts';
import type { KernelSource } from './kernel-source.ts';

const forward: KernelSource = {
  name: 'dot interaction',
  parameters: {
    features: 'matrix',
    pairs: 'matrix',
    row: 'integer',
    column: 'integer',
    dim: 'integer',
    passed: 'integer',
  },
  body: `
    const y = row + this.thread.y;
    const x = this.thread.x;
    if (x < passed) return features[y][column + x];
    const i = column + pairs[0][x - passed] * dim;
    const j = column + pairs[1][x - passed] * dim;
    let sum = 0;
    for (let e = 0; e < dim; e += 1) {
      sum += features[y][i + e] * features[y][j + e];
    }
    return sum;`,
};

export function dotInteraction(queue: KernelQueue, args: DotInteractionArgs): void {
  const { features, featureCount, selfInteraction, passThrough, out } = args;
  const dim = features.cols / featureCount;
  const pairs = pairsOf(featureCount, selfInteraction);
  const values = [queue.matrix(features.buffer), pairs, features.row, features.column];
  queue.store(out, queue.launch(forward, [out.rows, out.cols], [...values, dim, passThrough ? dim : 0]));
}

/** The pairs (i, j) of the lower triangle, row by row. */
function pairsOf(featureCount: number, selfInteraction: boolean): HostMatrix {
  const left: number[] = [];
  const right: number[] = [];
  for (let i = 0; i < featureCount; i++) {
    for (let j = 0; j < (selfInteraction ? i + 1 : i); j++) {
      left.push(i);
      right.push(j);
    }
  }
  return new HostMatrix(left, right);
}

/** Pairs before those of feature i: whole numbers, exact in float32 below 2^24. */
const pairsBefore = (selfInteraction: boolean) =>
  selfInteraction ? 'i * (i + 1) * 0.5' : 'i * (i - 1) * 0.5';

function backwardSource(selfInteraction: boolean): KernelSource {
  return {
    name: `dot interaction backward${selfInteraction ? ' self' : ''}`,
    parameters: {
      features: 'matrix',
      gradient: 'matrix',
      row: 'integer',
      column: 'integer',
      gradientRow: 'integer',
      gradientColumn: 'integer',
      featureCount: 'integer',
      dim: 'integer',
      passed: 'integer',
    },
    body: `
    const y = row + this.thread.y;
    const g = gradientRow + this.thread.y;
    const feature = Math.floor((this.thread.x + 0.5) / dim);
    const e = this.thread.x - feature * dim;
    let sum = 0;
    if (this.thread.x < passed) sum = gradient[g][gradientColumn + e];
    for (let other = 0; other < featureCount; other += 1) {
      const i = Math.max(feature, other);
      const j = Math.min(feature, other);
      const pair = gradientColumn + passed + ${pairsBefore(selfInteraction)} + j;
      if (other !== feature) {
        sum += gradient[g][pair] * features[y][column + other * dim + e];
      }
      ${selfInteraction ? 'if (other === feature) sum += 2 * gradient[g][pair] * features[y][column + other * dim + e];' : ''}
    }
    return sum;`,
  };
}

export function dotInteractionBackward(queue: KernelQueue, args: DotInteractionBackwardArgs): void {
  const { features, featureCount, selfInteraction, passThrough, gradOut, gradFeatures } = args;
  const dim = features.cols / featureCount;
  const values = [queue.matrix(features.buffer), queue.matrix(gradOut.buffer)];
  const places = [features.row, features.column, gradOut.row, gradOut.column];
  const shape = [featureCount, dim, passThrough ? dim : 0];
  const source = backwardSource(selfInteraction);
  const result = queue.launch(
    source,
    [gradFeatures.rows, gradFeatures.cols],
    [...values, ...places, ...shape],
  );
  queue.store(gradFeatures, result);
}
