import type { OptimizerConfig } from '@ttrec/embeddings';
import type { ParameterValues } from './table-under-test.ts';

/**
 * The optimizer in float64, in place on `values`, number by number from its definition. One step a call, for the rows
 * that have a gradient.
 */
export function referenceOptimizer(
  { rule, epsilon = 1e-10 }: OptimizerConfig,
  values: readonly ParameterValues[],
): (
  gradients: readonly Float64Array[],
  touched: readonly ReadonlySet<number>[],
  learningRate: number,
) => void {
  const squares = values.map(({ data }) => new Float64Array(data.length));
  return (gradients, touched, learningRate) => {
    values.forEach(({ shape, data }, k) => {
      const cols = data.length / shape[0]!;
      for (const row of touched[k]!) {
        const gradient = gradients[k]!.subarray(row * cols, (row + 1) * cols);
        const mean = gradient.reduce((sum, g) => sum + g * g, 0) / cols;
        gradient.forEach((g, j) => {
          const at = row * cols + j;
          squares[k]![at]! += rule === 'rowwise-adagrad' ? mean : g * g;
          const scale = rule === 'sgd' ? 1 : Math.sqrt(squares[k]![at]!) + epsilon;
          data[at]! -= (learningRate * g) / scale;
        });
      }
    });
  };
}
