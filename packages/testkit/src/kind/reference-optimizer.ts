import type { OptimizerConfig } from '@ttrec/embeddings';
import type { ParameterValues } from './table-under-test.ts';

/** A parameter in training: each number with what the rules keep beside it, and the last step of each row. */
interface Trained extends ParameterValues {
  readonly squares: Float64Array;
  readonly first: Float64Array;
  readonly lastStep: Float64Array;
}

/**
 * The optimizer in float64, in place on `values`, number by number from its definition. One step a call, for the rows
 * that have a gradient.
 */
export function referenceOptimizer(
  optimizer: OptimizerConfig,
  values: readonly ParameterValues[],
): (
  gradients: readonly Float64Array[],
  touched: readonly ReadonlySet<number>[],
  learningRate: number,
) => void {
  const trained = values.map((parameter): Trained => {
    const zeros = () => new Float64Array(parameter.data.length);
    return {
      ...parameter,
      squares: zeros(),
      first: zeros(),
      lastStep: new Float64Array(parameter.shape[0]!),
    };
  });
  let step = 0;
  return (gradients, touched, learningRate) => {
    step++;
    trained.forEach((parameter, k) => {
      const cols = parameter.data.length / parameter.shape[0]!;
      for (const row of touched[k]!) {
        const gradient = gradients[k]!.slice(row * cols, (row + 1) * cols);
        penalise(optimizer, parameter, { row, gradient, step });
        const mean = gradient.reduce((sum, g) => sum + g * g, 0) / cols;
        gradient.forEach((g, j) => {
          const square = optimizer.rule.startsWith('rowwise-') ? mean : g * g;
          move(optimizer, parameter, { at: row * cols + j, g, square, step, learningRate });
        });
      }
    });
  };
}

/** Adds the share of the weights to the gradient of a row, for all steps since its last. */
function penalise(
  { rule, l2 = 0 }: OptimizerConfig,
  { data, lastStep }: Trained,
  { row, gradient, step }: { row: number; gradient: Float64Array; step: number },
): void {
  if (rule === 'ftrl') return;
  gradient.forEach((g, j) => {
    gradient[j] = g + l2 * (step - lastStep[row]!) * data[row * gradient.length + j]!;
  });
  lastStep[row] = step;
}

function move(
  { rule, epsilon = 1e-10, beta1 = 0.9, beta2 = 0.999, l1 = 0, l2 = 0 }: OptimizerConfig,
  { data, squares, first }: Trained,
  { at, g, square, step, learningRate }: Record<'at' | 'g' | 'square' | 'step' | 'learningRate', number>,
): void {
  if (rule === 'sgd') {
    data[at]! -= learningRate * g;
    return;
  }
  if (rule === 'adam' || rule === 'rowwise-adam') {
    first[at] = beta1 * first[at]! + (1 - beta1) * g;
    squares[at] = beta2 * squares[at]! + (1 - beta2) * square;
    const [m, v] = [first[at] / (1 - beta1 ** step), squares[at] / (1 - beta2 ** step)];
    data[at]! -= (learningRate * m) / (Math.sqrt(v) + epsilon);
    return;
  }
  const before = Math.sqrt(squares[at]!);
  squares[at]! += square;
  const root = Math.sqrt(squares[at]!);
  if (rule !== 'ftrl') {
    data[at]! -= (learningRate * g) / (root + epsilon);
    return;
  }
  first[at]! += g - ((root - before) / learningRate) * data[at]!;
  const over = Math.max(0, Math.abs(first[at]!) - l1);
  data[at] = (-Math.sign(first[at]!) * over) / ((epsilon + root) / learningRate + l2);
}
