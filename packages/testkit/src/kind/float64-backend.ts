import type { Backend, Block, DeviceBuffer, Range } from '@ttrec/backend';
import { defineBackend, makeKernels } from '@ttrec/backend/driver';
import type { BagForwardArgs, Kernels, MatmulArgs, TTForwardArgs } from '@ttrec/backend/kernels';
import { error } from '../error.ts';

/** A backend whose numbers are float64, and which lets the host look at and change them in place. */
export interface Float64Backend extends Backend {
  values(buffer: DeviceBuffer): Float64Array;
}

type Memory = Float64Array | Uint32Array;

/**
 * The kernels with which tables compute rows, in float64 and written from their definitions: what a table is held
 * against. Kernels of a backward are missing, for its oracle takes differences; they fail with
 * `testkit/forward-only`.
 */
export function createFloat64Backend(): Float64Backend {
  let memoryOf: (buffer: DeviceBuffer) => Memory = () => new Float64Array(0);
  const backend = defineBackend<Memory>((find) => {
    memoryOf = find;
    const forward = forwardKernels(find);
    return {
      name: 'float64',
      capabilities: {
        engine: 'plain TypeScript, float64 throughout',
        threads: 1,
        maxBufferBytes: 2 ** 31,
        maxTotalBytes: 2 ** 31,
        maxExtent: 2 ** 31,
      },
      allocate: ({ dtype, rows, cols }) =>
        dtype === 'float32' ? new Float64Array(rows * cols) : new Uint32Array(rows * cols),
      free: () => undefined,
      write: (memory, data, start) => memory.set(data, start),
      read: async (memory, start, length) => Float32Array.from(memory.subarray(start, start + length)),
      sync: async () => undefined,
      dispose: async () => undefined,
      kernels: makeKernels((name) => forward[name] ?? refuse(name)),
    };
  });
  return { ...backend, values: (buffer) => memoryOf(buffer) as Float64Array };
}

function refuse(name: string): () => never {
  return () => {
    throw error('forward-only', {
      subject: `kernel "${name}" on the float64 backend`,
      rule: 'must not be needed to compute rows',
    });
  };
}

/** A matrix by its entries. */
interface View {
  readonly get: (i: number, j: number) => number;
  readonly set: (i: number, j: number, value: number) => void;
}

function forwardKernels(memoryOf: (buffer: DeviceBuffer) => Memory): Partial<Kernels> {
  const view = ({ buffer, row, column }: Block): View => {
    const memory = memoryOf(buffer);
    const at = (i: number, j: number) => (row + i) * buffer.cols + column + j;
    return {
      get: (i, j) => memory[at(i, j)]!,
      set: (i, j, value) => {
        memory[at(i, j)] = value;
      },
    };
  };
  const positions = ({ buffer, start }: Range) => {
    const memory = memoryOf(buffer);
    return (l: number) => memory[start + l]!;
  };
  const map = (out: Block, entry: (i: number, j: number) => number): void => {
    const to = view(out);
    for (let i = 0; i < out.rows; i++) for (let j = 0; j < out.cols; j++) to.set(i, j, entry(i, j));
  };
  return {
    fill: ({ out, value }) => map(out, () => value),
    copy: ({ from, to }) => map(to, view(from).get),
    multiply({ a, b, out }) {
      const [left, right] = [view(a), view(b)];
      map(out, (i, j) => left.get(i, j) * right.get(i, j));
    },
    matmul: (args) => map(args.out, product(args, view)),
    bagForward: (args) => pool(args, view, positions),
    ttForward: (args) => walkDown(args, memoryOf, positions),
  };
}

function product(
  { a, b, transposeA, transposeB, bias, activation }: MatmulArgs,
  view: (block: Block) => View,
): (i: number, j: number) => number {
  const [left, right, added] = [view(a), view(b), bias && view(bias)];
  const inner = transposeA ? a.rows : a.cols;
  return (i, j) => {
    let sum = added?.get(0, j) ?? 0;
    for (let k = 0; k < inner; k++) {
      sum +=
        (transposeA ? left.get(k, i) : left.get(i, k)) * (transposeB ? right.get(j, k) : right.get(k, j));
    }
    return activation === 'relu' ? Math.max(sum, 0) : sum;
  };
}

function pool(
  { rows, index, pooling, weights, out, columns }: BagForwardArgs,
  view: (block: Block) => View,
  positions: (range: Range) => (l: number) => number,
): void {
  const [from, to] = [view(rows), view(out)];
  const [offset, row, weight] = [
    positions(index.offsets),
    positions(index.lookupRow),
    weights && positions(weights),
  ];
  for (let bag = 0; bag < index.bags; bag++) {
    const [start, end] = [offset(bag), offset(bag + 1)];
    const column = columns[Math.floor(bag / out.rows)]!;
    for (let j = 0; j < rows.cols; j++) {
      let sum = 0;
      for (let l = start; l < end; l++) sum += (weight?.(l) ?? 1) * from.get(row(l), j);
      to.set(bag % out.rows, column + j, pooling === 'mean' && end > start ? sum / (end - start) : sum);
    }
  }
}

function walkDown(
  { layout, cores, levels, values }: TTForwardArgs,
  memoryOf: (buffer: DeviceBuffer) => Memory,
  positions: (range: Range) => (l: number) => number,
): void {
  let width = 1;
  levels.forEach((level, k) => {
    const [left, q, right] = [layout.ranks[k]!, layout.colShape[k]!, layout.ranks[k + 1]!];
    const [core, to] = [memoryOf(cores[k]!), memoryOf(values[k]!)];
    const [digit, parent] = [positions(level.digit), level.parent && positions(level.parent)];
    const above = k === 0 ? undefined : memoryOf(values[k - 1]!);
    for (let node = 0; node < level.nodes; node++) {
      for (let row = 0; row < width; row++) {
        for (let column = 0; column < q * right; column++) {
          let sum = 0;
          for (let r = 0; r < left; r++) {
            const value = above ? above[(parent!(node) * width + row) * left + r]! : 1;
            sum += value * core[(digit(node) * left + r) * q * right + column]!;
          }
          to[(node * width + row) * q * right + column] = sum;
        }
      }
    }
    width *= q;
  });
}
