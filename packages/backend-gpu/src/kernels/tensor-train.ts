import { wholeBlock } from '@ttrec/backend';
import {
  sliceLength,
  valueLength,
  type TTBackwardArgs,
  type TTForwardArgs,
  type TTLayout,
} from '@ttrec/backend/kernels';
import type { KernelQueue } from '../memory/kernel-queue.ts';
import { HostMatrix } from '../memory/host-matrix.ts';
import type { KernelSource } from './kernel-source.ts';

const firstValues: KernelSource = {
  name: 'tt first values',
  parameters: { core: 'matrix', digits: 'matrix' },
  body: 'return core[digits[0][this.thread.y]][this.thread.x];',
};

/** Element (a, c) of a node: row a of its parent's value times column c of its slice. */
const nodeValues: KernelSource = {
  name: 'tt node values',
  parameters: { above: 'matrix', core: 'matrix', nodes: 'matrix', rank: 'integer', columns: 'integer' },
  body: `
    const parent = nodes[0][this.thread.y];
    const digit = nodes[1][this.thread.y];
    const a = Math.floor((this.thread.x + 0.5) / columns);
    const c = this.thread.x - a * columns;
    let sum = 0;
    for (let i = 0; i < rank; i += 1) {
      sum += above[parent][a * rank + i] * core[digit][i * columns + c];
    }
    return sum;`,
};

export function ttForward(queue: KernelQueue, { layout, cores, levels, values }: TTForwardArgs): void {
  levels.forEach((level, k) => {
    const core = queue.matrix(cores[k]!);
    const size = [level.nodes, valueLength(layout, k)] as const;
    const digits = queue.indices(level.digit);
    const out = wholeBlock(values[k]!, level.nodes);
    if (k === 0) {
      queue.store(out, queue.launch(firstValues, size, [core, new HostMatrix(digits)]));
      return;
    }
    const nodes = new HostMatrix(queue.indices(level.parent!), digits);
    const above = queue.matrix(values[k - 1]!);
    queue.store(out, queue.launch(nodeValues, size, [above, core, nodes, ...sliceShape(layout, k)]));
  });
}

/** The gradient of a slice of the first core: the sum over its nodes. */
const firstSliceGradients: KernelSource = {
  name: 'tt first slice gradients',
  parameters: { gradient: 'matrix', offsets: 'matrix', nodes: 'matrix' },
  body: `
    const start = offsets[0][this.thread.y];
    const count = offsets[0][this.thread.y + 1] - start;
    let sum = 0;
    for (let n = 0; n < count; n += 1) {
      sum += gradient[nodes[0][start + n]][this.thread.x];
    }
    return sum;`,
};

/** Element (i, c) of a slice's gradient: over its nodes, column i of the parent's value times column c of the gradient. */
const sliceGradients: KernelSource = {
  name: 'tt slice gradients',
  parameters: {
    above: 'matrix',
    gradient: 'matrix',
    offsets: 'matrix',
    nodes: 'matrix',
    rank: 'integer',
    columns: 'integer',
    rowsAbove: 'integer',
  },
  body: `
    const start = offsets[0][this.thread.y];
    const count = offsets[0][this.thread.y + 1] - start;
    const i = Math.floor((this.thread.x + 0.5) / columns);
    const c = this.thread.x - i * columns;
    let sum = 0;
    for (let n = 0; n < count; n += 1) {
      const node = nodes[0][start + n];
      const parent = nodes[1][start + n];
      for (let a = 0; a < rowsAbove; a += 1) {
        sum += above[parent][a * rank + i] * gradient[node][a * columns + c];
      }
    }
    return sum;`,
};

/** Element (a, i) of a parent's gradient: over its children, row a of their gradient times row i of their slice. */
const parentGradients: KernelSource = {
  name: 'tt parent gradients',
  parameters: {
    gradient: 'matrix',
    core: 'matrix',
    offsets: 'matrix',
    digits: 'matrix',
    rank: 'integer',
    columns: 'integer',
  },
  body: `
    const start = offsets[0][this.thread.y];
    const count = offsets[0][this.thread.y + 1] - start;
    const a = Math.floor((this.thread.x + 0.5) / rank);
    const i = this.thread.x - a * rank;
    let sum = 0;
    for (let n = 0; n < count; n += 1) {
      const child = start + n;
      const digit = digits[0][child];
      for (let c = 0; c < columns; c += 1) {
        sum += gradient[child][a * columns + c] * core[digit][i * columns + c];
      }
    }
    return sum;`,
};

export function ttBackward(queue: KernelQueue, args: TTBackwardArgs): void {
  for (let k = args.levels.length - 1; k > 0; k--) walkUp(queue, args, k);
  const { layout, levels, gradValues, gradCores } = args;
  const level = levels[0]!;
  const offsets = new HostMatrix(queue.indices(level.sliceOffsets));
  const nodes = new HostMatrix(queue.indices(level.sliceNodes));
  const values = [queue.matrix(gradValues[0]!), offsets, nodes];
  const result = queue.launch(firstSliceGradients, [level.slices, sliceLength(layout, 0)], values);
  queue.store(wholeBlock(gradCores[0]!, level.slices), result);
}

/** The gradients of the slices of level k and of the values of the level above. */
function walkUp(queue: KernelQueue, args: TTBackwardArgs, k: number): void {
  const { layout, cores, levels, values, gradValues, gradCores } = args;
  const level = levels[k]!;
  const shape = sliceShape(layout, k);
  const lengthAbove = valueLength(layout, k - 1);
  const gradient = queue.matrix(gradValues[k]!);

  const sliceNodes = queue.indices(level.sliceNodes);
  const parent = queue.indices(level.parent!);
  const nodes = new HostMatrix(
    sliceNodes,
    sliceNodes.map((node) => parent[node]!),
  );
  const offsets = new HostMatrix(queue.indices(level.sliceOffsets));
  const slices = queue.launch(
    sliceGradients,
    [level.slices, sliceLength(layout, k)],
    [queue.matrix(values[k - 1]!), gradient, offsets, nodes, ...shape, lengthAbove / shape[0]],
  );
  queue.store(wholeBlock(gradCores[k]!, level.slices), slices);

  const children = new HostMatrix(queue.indices(level.childOffsets!));
  const digits = new HostMatrix(queue.indices(level.digit));
  const nodesAbove = levels[k - 1]!.nodes;
  const parents = queue.launch(
    parentGradients,
    [nodesAbove, lengthAbove],
    [gradient, queue.matrix(cores[k]!), children, digits, ...shape],
  );
  queue.store(wholeBlock(gradValues[k - 1]!, nodesAbove), parents);
}

/** A slice as a matrix: r_k rows, q_k·r_{k+1} columns. */
function sliceShape(layout: TTLayout, k: number): readonly [rank: number, columns: number] {
  return [layout.ranks[k]!, layout.colShape[k]! * layout.ranks[k + 1]!];
}
