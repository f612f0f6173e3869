import type { OptimizerRule } from '@ttrec/backend';
import { benchCase, type ConformanceCase } from '../conformance-case.ts';
import { at, map, matrixOf, type Matrix } from '../matrix.ts';
import { updateOracle } from '../oracles/update.ts';
import type { Workbench } from '../workbench.ts';

interface UpdateShape {
  readonly rule: OptimizerRule;
  readonly tableRows: number;
  readonly cols: number;
  /** The rows that are touched; all when absent. */
  readonly rows?: readonly number[];
}

const LEARNING_RATE = 0.05;
const EPSILON = 1e-8;

function rowOf(matrix: Matrix, row: number): number[] {
  return Array.from({ length: matrix.cols }, (_, j) => at(matrix, row, j));
}

function stateCols({ rule, cols }: UpdateShape): number {
  return { sgd: 0, adagrad: cols, 'rowwise-adagrad': 1 }[rule];
}

/** The tables after one step. Rows that are not touched are given as they were. */
function afterStep(
  shape: UpdateShape,
  { weights, gradients, state }: { weights: Matrix; gradients: Matrix; state: Matrix },
): { weights: Matrix; state: Matrix } {
  const gradientOf = new Map(shape.rows?.map((row, i) => [row, i]));
  const rows = Array.from({ length: shape.tableRows }, (_, row) => {
    const i = shape.rows ? gradientOf.get(row) : row;
    const before = { weights: rowOf(weights, row), state: rowOf(state, row) };
    if (i === undefined) return before;
    const rates = { learningRate: LEARNING_RATE, epsilon: EPSILON };
    return updateOracle({ rule: shape.rule, ...before, gradients: rowOf(gradients, i), ...rates });
  });
  return {
    weights: matrixOf(weights.rows, weights.cols, (i, j) => rows[i]!.weights[j]!),
    state: matrixOf(state.rows, state.cols, (i, j) => rows[i]!.state[j]!),
  };
}

/** Zero for the rows that are not touched, so that they must be the same to the last bit. */
function touchedOnly(scale: Matrix, rows: readonly number[] | undefined): Matrix {
  return matrixOf(scale.rows, scale.cols, (i, j) => (!rows || rows.includes(i) ? at(scale, i, j) : 0));
}

async function checkUpdate(bench: Workbench, shape: UpdateShape): Promise<void> {
  const { rule, tableRows, cols, rows } = shape;
  const weights = bench.normal(tableRows, cols);
  const gradients = bench.normal(rows?.length ?? tableRows, cols);
  const state = map(bench.normal(tableRows, stateCols(shape)), Math.abs);
  const placed = { weights: bench.placeWhole(weights), gradients: bench.place(gradients) };
  const placedState = rule === 'sgd' ? undefined : bench.placeWhole(state);
  const range = rows && bench.positions(rows);
  bench.backend.update({
    rule,
    weights: placed.weights.block.buffer,
    gradients: placed.gradients.block,
    ...(placedState && { state: placedState.block.buffer }),
    ...(range && { rows: range }),
    learningRate: LEARNING_RATE,
    epsilon: EPSILON,
  });
  const want = afterStep(shape, { weights, gradients, state });
  // A weight is off by its own last bit and by that of its step; square root, division and product add one each.
  const step = matrixOf(tableRows, cols, (i, j) => Math.abs(at(want.weights, i, j) - at(weights, i, j)));
  const scale = matrixOf(tableRows, cols, (i, j) => Math.abs(at(weights, i, j)) + 4 * at(step, i, j));
  await bench.expectBlock('weights', placed.weights, want.weights, {
    scale: touchedOnly(scale, rows),
    terms: cols + 4,
  });
  if (placedState) {
    const tolerance = { scale: touchedOnly(want.state, rows), terms: cols + 4 };
    await bench.expectBlock('state', placedState, want.state, tolerance);
  }
  await bench.expectUnchanged('gradients', placed.gradients);
}

/** A second step must go on from the state that the first one left. */
async function checkTwoSteps(bench: Workbench, rule: OptimizerRule): Promise<void> {
  const shape = { rule, tableRows: 3, cols: 4 };
  const gradients = bench.normal(3, 4);
  const weights = bench.placeWhole(bench.normal(3, 4));
  const state = bench.placeWhole(matrixOf(3, stateCols(shape), () => 0));
  const gradient = bench.place(gradients);
  const first = matrixOf(3, 4, (i, j) => weights.whole[4 * i + j]!);
  for (let step = 0; step < 2; step++) {
    bench.backend.update({
      rule,
      weights: weights.block.buffer,
      gradients: gradient.block,
      state: state.block.buffer,
      learningRate: LEARNING_RATE,
      epsilon: EPSILON,
    });
  }
  const once = afterStep(shape, {
    weights: first,
    gradients,
    state: matrixOf(3, stateCols(shape), () => 0),
  });
  const twice = afterStep(shape, { ...once, gradients });
  const scale = map(first, (w) => Math.abs(w) + 1);
  await bench.expectBlock('weights', weights, twice.weights, { scale, terms: 8 });
  await bench.expectBlock('state', state, twice.state, { scale: twice.state, terms: 8 });
}

const rules = ['sgd', 'adagrad', 'rowwise-adagrad'] as const;

export const updateCases: readonly ConformanceCase[] = [
  ...rules.flatMap((rule) => [
    benchCase(`update ${rule}, one element`, (bench) => checkUpdate(bench, { rule, tableRows: 1, cols: 1 })),
    benchCase(`update ${rule}, every row`, (bench) => checkUpdate(bench, { rule, tableRows: 9, cols: 13 })),
    benchCase(`update ${rule}, some rows in any order, the others untouched`, (bench) =>
      checkUpdate(bench, { rule, tableRows: 40, cols: 16, rows: [17, 0, 39, 3, 18] }),
    ),
    benchCase(`update ${rule}, no row at all`, (bench) =>
      checkUpdate(bench, { rule, tableRows: 5, cols: 6, rows: [] }),
    ),
  ]),
  benchCase('update adagrad, two steps from zero state', (bench) => checkTwoSteps(bench, 'adagrad')),
  benchCase('update rowwise-adagrad, two steps from zero state', (bench) =>
    checkTwoSteps(bench, 'rowwise-adagrad'),
  ),
];
