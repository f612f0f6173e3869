import { benchCase, requireError, type ConformanceCase } from '../conformance-case.ts';
import { at, matrixOf, type Matrix } from '../matrix.ts';
import type { Workbench } from '../workbench.ts';

interface RegularizeShape {
  readonly tableRows: number;
  readonly cols: number;
  readonly rows?: readonly number[];
  readonly l2?: number;
  readonly weightDecay?: number;
  /** Of the clipped gradients. */
  readonly norm?: number;
  /** The step of each row before, and this one's number. */
  readonly lastStep?: readonly number[];
  readonly step?: number;
}

const LEARNING_RATE = 0.05;
const STEPS = 2 ** 24;

async function checkRegularize(bench: Workbench, shape: RegularizeShape): Promise<void> {
  const { tableRows, cols, rows, l2, weightDecay, norm, lastStep, step } = shape;
  const [before, given] = [bench.normal(tableRows, cols), bench.normal(rows?.length ?? tableRows, cols)];
  const weights = bench.placeWhole(before);
  const gradients = bench.place(given);
  const last = lastStep && bench.placeWhole(matrixOf(tableRows, 1, (i) => lastStep[i]!));
  const squares = [3, 0.25, 0.01];
  const parts = norm === undefined ? undefined : bench.place(matrixOf(1, 3, (_, j) => squares[j]!)).block;
  bench.backend.regularize({
    weights: weights.block.buffer,
    gradients: gradients.block,
    learningRate: LEARNING_RATE,
    ...(rows && { rows: bench.positions(rows) }),
    ...(l2 !== undefined && { l2 }),
    ...(weightDecay !== undefined && { weightDecay }),
    ...(last && { lastStep: last.block.buffer }),
    ...(step !== undefined && { step }),
    ...(parts && { clip: { squares: parts, norm: norm! } }),
  });
  const touched = rows ?? Array.from({ length: tableRows }, (_, i) => i);
  const scale = norm === undefined ? 1 : Math.min(1, norm / (Math.sqrt(3.26) + 1e-6));
  const pulls = touched.map((row) => {
    const steps = lastStep ? ((step! % STEPS) - lastStep[row]! + STEPS) % STEPS : 1;
    return Math.min((l2 ?? 0) * steps, 1 / LEARNING_RATE);
  });
  const kept = 1 - LEARNING_RATE * (weightDecay ?? 0);
  const gradientOf = (sign: (value: number) => number): Matrix =>
    matrixOf(given.rows, cols, (i, j) => {
      return scale * sign(at(given, i, j)) + pulls[i]! * sign(at(before, touched[i]!, j));
    });
  await bench.expectBlock('gradients', gradients, gradientOf(Number), {
    scale: gradientOf(Math.abs),
    terms: 6,
  });
  const isTouched = (row: number) => touched.includes(row);
  const want = matrixOf(tableRows, cols, (i, j) => (isTouched(i) ? kept : 1) * at(before, i, j));
  // Without decay, weights stay to the last bit, and so do rows that no gradient belongs to.
  const room = matrixOf(tableRows, cols, (i, j) =>
    isTouched(i) && kept !== 1 ? Math.abs(at(before, i, j)) : 0,
  );
  await bench.expectBlock('weights', weights, want, { scale: room, terms: 2 });
  if (!last) return;
  const exact = matrixOf(tableRows, 1, () => 0);
  const steps = matrixOf(tableRows, 1, (i) => (isTouched(i) ? step! % STEPS : lastStep[i]!));
  await bench.expectBlock('lastStep', last, steps, { scale: exact, terms: 0 });
}

async function checkFaults(bench: Workbench): Promise<void> {
  const weights = bench.buffer(2, 3);
  const gradients = bench.output(2, 3).block;
  const args = { weights, gradients, learningRate: 1 };
  const lastStep = bench.buffer(2, 1);
  const mismatch = 'backend/shape-mismatch';
  await requireError(
    () => bench.backend.regularize({ ...args, lastStep }),
    mismatch,
    /regularize step.*integer from 1/,
  );
  await requireError(
    () => bench.backend.regularize({ ...args, lastStep: bench.buffer(2, 3), step: 1 }),
    mismatch,
    /regularize lastStep cols.*must be 1, got 3/,
  );
  const squares = bench.output(1, 2).block;
  await requireError(
    () => bench.backend.regularize({ ...args, clip: { squares, norm: 0 } }),
    mismatch,
    /clip\.norm.*above 0, got 0/,
  );
}

const some = { tableRows: 12, cols: 7, rows: [9, 0, 4] } as const;
const steps = [0, 0, 0, 0, 17, 0, 0, 0, 0, 20, 0, 0];

const shapes: readonly (readonly [name: string, shape: RegularizeShape])[] = [
  ['l2 of every row', { tableRows: 5, cols: 13, l2: 0.3 }],
  ['l2 of some rows', { ...some, l2: 0.3 }],
  ['l2 by the steps since a row was last read', { ...some, l2: 0.01, lastStep: steps, step: 21 }],
  ['l2 past 2^24 steps', { ...some, l2: 0.01, lastStep: steps, step: STEPS + 19 }],
  ['l2 is bounded by the rate', { ...some, l2: 0.3, lastStep: steps, step: 5000 }],
  ['weight decay of every row', { tableRows: 4, cols: 5, weightDecay: 0.2 }],
  ['weight decay of some rows', { ...some, weightDecay: 0.2 }],
  ['clips a norm that is too large', { ...some, norm: 0.5 }],
  ['leaves a norm that is small', { ...some, norm: 7 }],
  ['all at once', { ...some, norm: 0.5, l2: 0.1, weightDecay: 0.2, lastStep: steps, step: 30 }],
  ['no row at all', { ...some, rows: [], l2: 0.1, weightDecay: 0.1, lastStep: steps, step: 30 }],
  ['one element', { tableRows: 1, cols: 1, l2: 0.1 }],
];

export const regularizeCases: readonly ConformanceCase[] = [
  ...shapes.map(([name, shape]) =>
    benchCase(`regularize, ${name}`, (bench) => checkRegularize(bench, shape)),
  ),
  benchCase('regularize refuses arguments that do not fit', checkFaults),
];
