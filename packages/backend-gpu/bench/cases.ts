import { wholeBlock, type Backend, type DeviceBuffer, type Range } from '@ttrec/backend';
import { sliceLength, valueLength } from '@ttrec/backend/kernels';
import { naiveTrie } from '@ttrec/testkit/backend';
import { RandomStream } from '@ttrec/core';

export interface BenchCase {
  readonly label: string;
  /** Fills buffers with normal numbers; `call` enqueues the kernel once, `result` is among what it writes. */
  readonly prepare: (backend: Backend) => { call: () => void; result: DeviceBuffer };
}

const [BATCH, FEATURES, DIM, ROWS] = [128, 27, 16, 10_000];
const layout = { colShape: [2, 2, 4], ranks: [1, 16, 16, 1] };
const rowShape = [100, 100, 100];

function matrix(backend: Backend, rows: number, cols: number): DeviceBuffer {
  const buffer = backend.createBuffer({ dtype: 'float32', rows, cols, label: `${rows} x ${cols}` });
  const stream = new RandomStream(1, buffer.label);
  backend.write(
    buffer,
    Float32Array.from({ length: rows * cols }, () => stream.nextNormal()),
  );
  return buffer;
}

function positions(backend: Backend, values: ArrayLike<number>): Range {
  const buffer = backend.createBuffer({ dtype: 'uint32', rows: 1, cols: values.length, label: 'positions' });
  backend.write(buffer, Uint32Array.from(values));
  return { buffer, start: 0, length: values.length };
}

/** Ids below `limit`, some of them more than once. */
function ids(count: number, limit: number): number[] {
  const stream = new RandomStream(2, 'ids');
  return Array.from({ length: count }, () => stream.nextInteger(limit));
}

function product(n: number): BenchCase {
  return {
    label: `matmul ${n} x ${n} x ${n}`,
    prepare(backend) {
      const [a, b, out] = [matrix(backend, n, n), matrix(backend, n, n), matrix(backend, n, n)];
      const args = { a: wholeBlock(a), b: wholeBlock(b), out: wholeBlock(out) };
      return { call: () => backend.matmul(args), result: out };
    },
  };
}

const bags: BenchCase = {
  label: `bagForward, 1,024 rows of ${DIM}`,
  prepare(backend) {
    const out = matrix(backend, 1024, DIM);
    const args = {
      rows: wholeBlock(matrix(backend, ROWS, DIM)),
      index: {
        bags: 1024,
        offsets: positions(
          backend,
          Array.from({ length: 1025 }, (_, i) => i),
        ),
        lookupRow: positions(backend, ids(1024, ROWS)),
      },
      pooling: 'sum',
      out: wholeBlock(out),
      columns: [0],
    } as const;
    return { call: () => backend.bagForward(args), result: out };
  },
};

/** The trie of 1,024 ids below a million, ranks 16, D 16, with everything that a walk reads and writes. */
function trie(backend: Backend) {
  const { levels } = naiveTrie(ids(1024, 1_000_000), rowShape);
  const eachLevel = (cols: (k: number) => number, rows: (k: number) => number) =>
    levels.map((_, k) => matrix(backend, rows(k), cols(k)));
  const values = (k: number) => valueLength(layout, k);
  const slices = (k: number) => sliceLength(layout, k);
  return {
    layout,
    cores: eachLevel(slices, (k) => rowShape[k]!),
    levels: levels.map((level, k) => ({
      nodes: level.nodes,
      slices: level.slices,
      digit: positions(backend, level.digit),
      ...(k > 0 && {
        parent: positions(backend, level.parent),
        childOffsets: positions(backend, level.childOffsets),
      }),
      sliceDigit: positions(backend, level.sliceDigit),
      sliceOffsets: positions(backend, level.sliceOffsets),
      sliceNodes: positions(backend, level.sliceNodes),
    })),
    values: eachLevel(values, (k) => levels[k]!.nodes),
    gradValues: eachLevel(values, (k) => levels[k]!.nodes),
    gradCores: eachLevel(slices, (k) => levels[k]!.slices),
  };
}

const trieForward: BenchCase = {
  label: 'ttForward, 1,024 of a million rows, rank 16',
  prepare(backend) {
    const args = trie(backend);
    return { call: () => backend.ttForward(args), result: args.values.at(-1)! };
  },
};

const trieBackward: BenchCase = {
  label: 'ttBackward of the same',
  prepare(backend) {
    const args = trie(backend);
    return { call: () => backend.ttBackward(args), result: args.gradCores[0]! };
  },
};

const interaction: BenchCase = {
  label: `dotInteraction, batch ${BATCH}, ${FEATURES} vectors of ${DIM}`,
  prepare(backend) {
    const out = matrix(backend, BATCH, DIM + (FEATURES * (FEATURES - 1)) / 2);
    const args = {
      features: wholeBlock(matrix(backend, BATCH, FEATURES * DIM)),
      featureCount: FEATURES,
      selfInteraction: false,
      passThrough: true,
      out: wholeBlock(out),
    };
    return { call: () => backend.dotInteraction(args), result: out };
  },
};

const adagrad: BenchCase = {
  label: `update, adagrad, 1,024 of ${ROWS.toLocaleString('en')} rows of ${DIM}`,
  prepare(backend) {
    const rows = [...new Set(ids(1024, ROWS))].sort((a, b) => a - b);
    const weights = matrix(backend, ROWS, DIM);
    const state = matrix(backend, ROWS, DIM);
    backend.fill({ out: wholeBlock(state), value: 1 });
    const args = {
      rule: 'adagrad',
      weights,
      gradients: wholeBlock(matrix(backend, rows.length, DIM)),
      state,
      rows: positions(backend, rows),
      learningRate: 0.01,
      epsilon: 1e-8,
    } as const;
    return { call: () => backend.update(args), result: weights };
  },
};

export const benchCases: readonly BenchCase[] = [
  product(64),
  product(256),
  bags,
  trieForward,
  trieBackward,
  interaction,
  adagrad,
];
