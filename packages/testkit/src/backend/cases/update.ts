import type { OptimizerRule } from '@ttrec/backend';
import { stateCols } from '@ttrec/backend/kernels';
import { benchCase, type ConformanceCase } from '../conformance-case.ts';
import { at, map, matrixOf, type Matrix } from '../matrix.ts';
import { updateOracle, type UpdatedRow } from '../oracles/update.ts';
import type { Workbench } from '../workbench.ts';

interface UpdateShape {
  readonly rule: OptimizerRule;
  readonly tableRows: number;
  readonly cols: number;
  /** The rows that are touched; all when absent. */
  readonly rows?: readonly number[];
  readonly step?: number;
}

const RATES = { learningRate: 0.05, epsilon: 1e-8 } as const;

/** What a rule takes beside the rates. */
function settings({ rule, step = 3 }: UpdateShape) {
  if (rule === 'adam' || rule === 'rowwise-adam') return { step, beta1: 0.8, beta2: 0.99 };
  return rule === 'ftrl' ? { l1: 0.4, l2: 0.3 } : {};
}

function rowOf(matrix: Matrix, row: number): number[] {
  return Array.from({ length: matrix.cols }, (_, j) => at(matrix, row, j));
}

/** The state before a step: what is a sum of squares is not negative. */
function stateBefore(bench: Workbench, { rule, tableRows, cols }: UpdateShape): Matrix {
  const state = bench.normal(tableRows, stateCols(rule, cols));
  const signed = rule === 'ftrl' || rule === 'adam' || rule === 'rowwise-adam' ? cols : 0;
  return matrixOf(state.rows, state.cols, (i, j) =>
    j < signed ? at(state, i, j) : Math.abs(at(state, i, j)),
  );
}

/** The tables after one step, and how far rounding may go. Rows that are not touched are given as they were, with no room. */
function afterStep(
  shape: UpdateShape,
  { weights, gradients, state }: { weights: Matrix; gradients: Matrix; state: Matrix },
): { readonly [Name in keyof UpdatedRow]: Matrix } {
  const gradientOf = new Map(shape.rows?.map((row, i) => [row, i]));
  const rows = Array.from({ length: shape.tableRows }, (_, row): UpdatedRow => {
    const i = shape.rows ? gradientOf.get(row) : row;
    const before = { weights: rowOf(weights, row), state: rowOf(state, row) };
    if (i === undefined) {
      const [weightScale, stateScale] = [before.weights.map(() => 0), before.state.map(() => 0)];
      return { ...before, weightScale, stateScale };
    }
    const gradient = rowOf(gradients, i);
    return updateOracle({ rule: shape.rule, ...before, gradients: gradient, ...RATES, ...settings(shape) });
  });
  const matrix = (name: keyof UpdatedRow, cols: number) =>
    matrixOf(shape.tableRows, cols, (i, j) => rows[i]![name][j]!);
  return {
    weights: matrix('weights', weights.cols),
    weightScale: matrix('weightScale', weights.cols),
    state: matrix('state', state.cols),
    stateScale: matrix('stateScale', state.cols),
  };
}

async function checkUpdate(bench: Workbench, shape: UpdateShape): Promise<void> {
  const { rule, tableRows, cols, rows } = shape;
  const weights = bench.normal(tableRows, cols);
  const gradients = bench.normal(rows?.length ?? tableRows, cols);
  const state = stateBefore(bench, shape);
  const placed = { weights: bench.placeWhole(weights), gradients: bench.place(gradients) };
  const placedState = rule === 'sgd' ? undefined : bench.placeWhole(state);
  const range = rows && bench.positions(rows);
  bench.backend.update({
    rule,
    weights: placed.weights.block.buffer,
    gradients: placed.gradients.block,
    state: placedState?.block.buffer,
    rows: range,
    ...RATES,
    ...settings(shape),
  });
  const want = afterStep(shape, { weights, gradients, state });
  const terms = cols + 4;
  await bench.expectBlock('weights', placed.weights, want.weights, { scale: want.weightScale, terms });
  if (placedState) {
    await bench.expectBlock('state', placedState, want.state, { scale: want.stateScale, terms });
  }
  await bench.expectUnchanged('gradients', placed.gradients);
}

/** A second step must go on from the state that the first one left. */
async function checkTwoSteps(bench: Workbench, rule: OptimizerRule): Promise<void> {
  const shape = { rule, tableRows: 3, cols: 4 };
  const gradients = bench.normal(3, 4);
  const weights = bench.placeWhole(bench.normal(3, 4));
  const state = bench.placeWhole(matrixOf(3, stateCols(rule, 4), () => 0));
  const gradient = bench.place(gradients);
  const first = matrixOf(3, 4, (i, j) => weights.whole[4 * i + j]!);
  for (const step of [1, 2]) {
    bench.backend.update({
      rule,
      weights: weights.block.buffer,
      gradients: gradient.block,
      state: state.block.buffer,
      ...RATES,
      ...settings({ ...shape, step }),
    });
  }
  const once = afterStep(
    { ...shape, step: 1 },
    { weights: first, gradients, state: matrixOf(3, stateCols(rule, 4), () => 0) },
  );
  const twice = afterStep({ ...shape, step: 2 }, { ...once, gradients });
  const scale = map(first, (w) => Math.abs(w) + 1);
  await bench.expectBlock('weights', weights, twice.weights, { scale, terms: 8 });
  await bench.expectBlock('state', state, twice.state, { scale: twice.stateScale, terms: 8 });
}

/** At a learning rate of 0, which a schedule may end with, weights stay and nothing becomes NaN. */
async function checkRateOfZero(bench: Workbench, rule: OptimizerRule): Promise<void> {
  const shape = { rule, tableRows: 2, cols: 3 };
  const weights = bench.placeWhole(bench.normal(2, 3));
  const state = bench.placeWhole(matrixOf(2, stateCols(rule, 3), () => 0));
  const gradients = bench.place(bench.normal(2, 3)).block;
  const rates = { ...RATES, learningRate: 0, ...settings(shape) };
  bench.backend.update({
    rule,
    weights: weights.block.buffer,
    gradients,
    state: state.block.buffer,
    ...rates,
  });
  await bench.expectUnchanged('weights', weights);
}

const rules = ['sgd', 'adagrad', 'rowwise-adagrad', 'adam', 'rowwise-adam', 'ftrl'] as const;
const withState = rules.slice(1);

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
  ...withState.flatMap((rule) => [
    benchCase(`update ${rule}, two steps from zero state`, (bench) => checkTwoSteps(bench, rule)),
    benchCase(`update ${rule}, at a learning rate of 0`, (bench) => checkRateOfZero(bench, rule)),
  ]),
];
