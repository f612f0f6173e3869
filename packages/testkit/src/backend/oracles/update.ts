import type { OptimizerRule } from '@ttrec/backend';

export interface RowUpdate {
  readonly rule: OptimizerRule;
  readonly weights: readonly number[];
  readonly gradients: readonly number[];
  /** As many numbers as `stateCols` says. */
  readonly state: readonly number[];
  readonly learningRate: number;
  readonly epsilon: number;
  readonly step?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly l1?: number;
  readonly l2?: number;
}

/** A row after one step, and the sums of absolute values to which its rounding errors are relative. */
export interface UpdatedRow {
  readonly weights: number[];
  readonly state: number[];
  readonly weightScale: number[];
  readonly stateScale: number[];
}

/** One row after one step, from the definitions. */
export function updateOracle(row: RowUpdate): UpdatedRow {
  if (row.rule === 'ftrl') return ftrl(row);
  return row.rule === 'adam' || row.rule === 'rowwise-adam' ? adam(row) : descent(row);
}

function descent({ rule, weights, gradients, learningRate, epsilon, ...before }: RowUpdate): UpdatedRow {
  const squares = gradients.map((g) => g * g);
  const added = rule === 'adagrad' ? squares : [mean(squares)];
  const state = before.state.map((value, i) => value + added[i]!);
  const divisor = (i: number): number =>
    rule === 'sgd' ? 1 : Math.sqrt(state[rule === 'adagrad' ? i : 0]!) + epsilon;
  return moved(
    weights,
    gradients.map((g, i) => (learningRate * g) / divisor(i)),
    { state, stateScale: state },
  );
}

function adam({ rule, weights, gradients, learningRate, epsilon, ...row }: RowUpdate): UpdatedRow {
  const { step = 1, beta1 = 0.9, beta2 = 0.999 } = row;
  const cols = weights.length;
  const squares = gradients.map((g) => g * g);
  const added = [...gradients, ...(rule === 'adam' ? squares : [mean(squares)])];
  const beta = (i: number) => (i < cols ? beta1 : beta2);
  const decayed = (values: readonly number[], more: readonly number[]) =>
    values.map((value, i) => beta(i) * value + (1 - beta(i)) * more[i]!);
  const state = decayed(row.state, added);
  const stateScale = decayed(row.state.map(Math.abs), added.map(Math.abs));
  const divisor = (i: number) =>
    Math.sqrt(state[rule === 'adam' ? cols + i : cols]! / (1 - beta2 ** step)) + epsilon;
  const rate = learningRate / (1 - beta1 ** step);
  const steps = weights.map((_, i) => (rate * state[i]!) / divisor(i));
  const result = moved(weights, steps, { state, stateScale });
  const weightScale = result.weightScale.map((scale, i) => scale + (4 * rate * stateScale[i]!) / divisor(i));
  return { ...result, weightScale };
}

function ftrl({ weights, gradients, learningRate, epsilon, state, l1 = 0, l2 = 0 }: RowUpdate): UpdatedRow {
  const cols = weights.length;
  const n = gradients.map((g, i) => state[cols + i]! + g * g);
  const roots = gradients.map((_, i) => [Math.sqrt(state[cols + i]!), Math.sqrt(n[i]!)] as const);
  const pull = (sign: 1 | -1, i: number) =>
    ((roots[i]![1] - sign * roots[i]![0]) / learningRate) * (sign > 0 ? weights[i]! : Math.abs(weights[i]!));
  const z = gradients.map((g, i) => state[i]! + g - pull(1, i));
  const zScale = gradients.map((g, i) => Math.abs(state[i]!) + Math.abs(g) + pull(-1, i));
  const divisor = (i: number) => (epsilon + roots[i]![1]) / learningRate + l2;
  return {
    weights: z.map((value, i) => (Math.abs(value) <= l1 ? 0 : -(value - Math.sign(value) * l1) / divisor(i))),
    state: [...z, ...n],
    weightScale: zScale.map((scale, i) => (4 * (scale + l1)) / divisor(i)),
    stateScale: [...zScale, ...n],
  };
}

/** A weight is off by its own last bit and by that of its step; square root, division and product add one each. */
function moved(
  weights: readonly number[],
  steps: readonly number[],
  after: Pick<UpdatedRow, 'state' | 'stateScale'>,
): UpdatedRow {
  return {
    ...after,
    weights: weights.map((w, i) => w - steps[i]!),
    weightScale: weights.map((w, i) => Math.abs(w) + 4 * Math.abs(steps[i]!)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
