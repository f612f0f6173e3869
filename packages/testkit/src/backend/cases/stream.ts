import { wholeBlock, type Backend } from '@ttrec/backend';
import { RandomStream } from '@ttrec/core';
import {
  benchCase,
  requireError,
  requireSame,
  requireThat,
  type ConformanceCase,
} from '../conformance-case.ts';
import { normal } from '../matrix.ts';
import type { Workbench } from '../workbench.ts';

async function checkZeroed(bench: Workbench): Promise<void> {
  const dirty = bench.backend.createBuffer({ dtype: 'float32', rows: 9, cols: 7, label: 'dirty' });
  bench.backend.fill({ out: wholeBlock(dirty), value: 5 });
  await bench.backend.sync();
  dirty.dispose();
  // Memory that is given out again must be as good as new.
  requireSame('new buffer', await bench.backend.read(bench.buffer(9, 7)), new Float32Array(63));
}

async function checkPartialAccess(bench: Workbench): Promise<void> {
  const buffer = bench.buffer(3, 4);
  bench.backend.write(buffer, Float32Array.of(1, 2, 3), 5);
  bench.backend.write(buffer, new Float32Array(0), 12);
  requireSame('whole', await bench.backend.read(buffer), [0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0]);
  requireSame('from 6', await bench.backend.read(buffer, 6), [2, 3, 0, 0, 0, 0]);
  requireSame('2 from 6', await bench.backend.read(buffer, 6, 2), [2, 3]);
}

async function checkWriteCopies(bench: Workbench): Promise<void> {
  const buffer = bench.buffer(1, 3);
  const data = Float32Array.of(1, 2, 3);
  bench.backend.write(buffer, data);
  data.fill(9);
  requireSame('written', await bench.backend.read(buffer), [1, 2, 3]);
  const positions = Uint32Array.of(2, 0);
  const index = bench.buffer(1, 2, 'uint32');
  bench.backend.write(index, positions);
  positions.fill(1);
  const weights = bench.buffer(3, 1);
  const gradients = bench.buffer(2, 1);
  bench.backend.write(gradients, Float32Array.of(1, 2));
  const rows = { buffer: index, start: 0, length: 2 };
  const rates = { learningRate: 1, epsilon: 0 };
  bench.backend.update({ rule: 'sgd', weights, gradients: wholeBlock(gradients), rows, ...rates });
  requireSame('updated', await bench.backend.read(weights), [-2, 0, -1]);
}

async function checkReadIsFresh(bench: Workbench): Promise<void> {
  const buffer = bench.buffer(1, 2);
  const first = await bench.backend.read(buffer);
  first.fill(7);
  requireSame('second read', await bench.backend.read(buffer), [0, 0]);
}

/** Where an engine can look at once: into a part of an array of the caller, and nothing beside it. */
async function checkReadInto(bench: Workbench): Promise<void> {
  const { backend } = bench;
  if (backend.readInto === undefined) return;
  const buffer = bench.buffer(3, 2);
  backend.write(buffer, Float32Array.of(1, 2, 3, 4, 5, 6));
  const into = (length: number, start?: number) => {
    const whole = new Float32Array(length + 2).fill(-1);
    backend.readInto!(whole.subarray(1, length + 1), buffer, start);
    return whole;
  };
  requireSame('whole', into(6), [-1, 1, 2, 3, 4, 5, 6, -1]);
  requireSame('2 from 3', into(2, 3), [-1, 4, 5, -1]);
  requireSame('nothing', into(0, 6), [-1, -1]);
  backend.fill({ out: { ...wholeBlock(buffer), row: 1, rows: 2 }, value: 9 });
  requireSame('after the fill', into(6), [-1, 1, 2, 9, 9, 9, 9, -1]);
  await requireError(() => into(4, 3), 'backend/bad-range', /must stay within/);
  const words = bench.buffer(1, 1, 'uint32');
  const array = new Float32Array(1);
  await requireError(() => backend.readInto!(array, words), 'backend/bad-read', /only float32/);
}

/** A block is packed: what lies beside it in its buffer is left out, spare rows and columns alike. */
async function checkReadBlock(bench: Workbench): Promise<void> {
  const { backend } = bench;
  const buffer = bench.buffer(5, 4);
  const all = Float32Array.from({ length: 20 }, (_, i) => i);
  backend.write(buffer, all);
  for (const [row, column, rows, cols] of [
    [0, 0, 5, 4],
    [0, 0, 2, 4],
    [1, 2, 3, 2],
    [4, 3, 1, 1],
    [1, 1, 3, 1],
    [2, 0, 0, 4],
    [5, 0, 0, 4],
    [0, 2, 5, 0],
  ] as const) {
    const want = Array.from({ length: rows * cols }, (_, i) => {
      return all[(row + Math.floor(i / cols)) * 4 + column + (i % cols)]!;
    });
    const block = { buffer, row, column, rows, cols };
    requireSame(`${rows} x ${cols} at ${row}, ${column}`, await backend.read(block), want);
  }
}

/** Where an engine can look at once: everything enqueued before has happened. */
async function checkReadSync(bench: Workbench): Promise<void> {
  const { backend } = bench;
  if (backend.readSync === undefined) return;
  const buffer = bench.buffer(3, 2);
  backend.write(buffer, Float32Array.of(1, 2, 3, 4, 5, 6));
  backend.fill({ out: { ...wholeBlock(buffer), row: 1, rows: 1 }, value: 9 });
  const first = backend.readSync(buffer);
  requireSame('whole', first, [1, 2, 9, 9, 5, 6]);
  first.fill(0);
  requireSame('2 from 3', backend.readSync(buffer, 3, 2), [9, 5]);
  requireSame('a column', backend.readSync({ ...wholeBlock(buffer), column: 1, cols: 1 }), [2, 9, 6]);
  const [words, other] = [/must stay within/, bench.buffer(1, 1, 'uint32')];
  await requireError(() => backend.readSync!(buffer, 4, 3), 'backend/bad-range', words);
  await requireError(() => backend.readSync!(other), 'backend/bad-read', /only float32/);
}

/** Where an engine can look at once: the only number that is not finite is found wherever it stands. */
async function checkAllFinite(bench: Workbench): Promise<void> {
  const { backend } = bench;
  if (backend.allFinite === undefined) return;
  const length = 23;
  const buffer = bench.buffer(1, length);
  const fine = Float32Array.from({ length }, (_, i) => (i % 2 === 0 ? 3.4e38 : -1e-45));
  for (const odd of [NaN, Infinity, -Infinity]) {
    for (let at = 0; at < length; at++) {
      backend.write(buffer, fine.with(at, odd));
      const seen = [
        backend.allFinite(buffer),
        backend.allFinite(buffer, 0, at),
        backend.allFinite(buffer, at + 1),
      ];
      requireSame(`all, before and after ${odd} at ${at}`, seen.map(Number), [0, 1, 1]);
    }
  }
}

/** A buffer is overwritten, and another freed, behind kernels that were enqueued before and must see what was there. */
async function checkOrder(bench: Workbench): Promise<void> {
  const [a, b, c] = [bench.buffer(1, 2), bench.buffer(1, 2), bench.buffer(1, 2)];
  const copy = (from: typeof a, to: typeof a): void =>
    bench.backend.copy({ from: wholeBlock(from), to: wholeBlock(to) });
  bench.backend.write(a, Float32Array.of(1, 2));
  copy(a, b);
  bench.backend.write(a, Float32Array.of(3, 4));
  const early = bench.backend.read(a);
  copy(a, c);
  bench.backend.fill({ out: wholeBlock(a), value: 5 });
  const short = bench.backend.createBuffer({ dtype: 'float32', rows: 1, cols: 2, label: 'short-lived' });
  copy(b, short);
  const d = bench.buffer(1, 2);
  copy(short, d);
  short.dispose();
  requireSame('a, read before the fill', await early, [3, 4]);
  requireSame('a', await bench.backend.read(a), [5, 5]);
  requireSame('b', await bench.backend.read(b), [1, 2]);
  requireSame('c', await bench.backend.read(c), [3, 4]);
  requireSame('d', await bench.backend.read(d), [1, 2]);
}

/** A small network's forward and backward pass: long sums, which engines with threads cut into pieces. */
async function pass(backend: Backend, bench: Workbench): Promise<Float32Array> {
  const random = new RandomStream(7, 'conformance/determinism');
  const put = (rows: number, cols: number): ReturnType<Workbench['place']> =>
    bench.placeWhole(normal(rows, cols, random));
  const [x, w, bias, g] = [put(130, 67), put(45, 67), put(1, 45), put(130, 45)];
  const out = bench.buffer(130, 45);
  const gradWeights = bench.buffer(45, 67);
  const gradBias = bench.buffer(1, 45);
  const y = wholeBlock(out);
  backend.matmul({
    a: x.block,
    b: w.block,
    transposeB: true,
    bias: bias.block,
    activation: 'relu',
    out: y,
  });
  const backward = { output: y, gradient: g.block, gradBias: wholeBlock(gradBias) };
  backend.biasActivationBackward({ ...backward, activation: 'relu' });
  backend.matmul({ a: g.block, b: x.block, transposeA: true, out: wholeBlock(gradWeights) });
  const results = [out, gradBias, gradWeights].map((buffer) => backend.read(buffer));
  return Float32Array.from((await Promise.all(results)).flatMap((result) => [...result]));
}

async function checkDeterminism(bench: Workbench): Promise<void> {
  const first = await pass(bench.backend, bench);
  requireSame('second time', await pass(bench.backend, bench), first);
}

async function checkAccounting(bench: Workbench): Promise<void> {
  const before = bench.backend.memory();
  const first = bench.backend.createBuffer({ dtype: 'float32', rows: 100, cols: 10, label: 'first' });
  const second = bench.backend.createBuffer({ dtype: 'uint32', rows: 1, cols: 5, label: 'second' });
  const during = bench.backend.memory();
  requireSame('buffers', [during.buffers], [before.buffers + 2]);
  requireSame('bytes', [during.bytes], [before.bytes + 4020]);
  first.dispose();
  first.dispose();
  requireSame('bytes after the first', [bench.backend.memory().bytes], [before.bytes + 20]);
  second.dispose();
  requireSame('bytes at the end', [bench.backend.memory().bytes], [before.bytes]);
  const { peakBytes } = bench.backend.memory();
  requireThat(peakBytes >= before.bytes + 4020, {
    subject: 'memory().peakBytes',
    rule: `must be at least ${before.bytes + 4020}`,
    got: peakBytes,
  });
}

export const streamCases: readonly ConformanceCase[] = [
  benchCase('a new buffer is zero', checkZeroed),
  benchCase('write and read take a start and a length', checkPartialAccess),
  benchCase('write copies its data', checkWriteCopies),
  benchCase('read returns a fresh array', checkReadIsFresh),
  benchCase('read packs a block', checkReadBlock),
  benchCase('readInto, where there is one, fills an array of the caller', checkReadInto),
  benchCase('readSync, where there is one, sees what was enqueued before', checkReadSync),
  benchCase('allFinite, where there is one, finds every number that is not', checkAllFinite),
  benchCase('work is done in the order in which it was enqueued', checkOrder),
  benchCase('the same stream gives the same bits', checkDeterminism),
  benchCase('memory counts what is alive, and its peak', checkAccounting),
];
