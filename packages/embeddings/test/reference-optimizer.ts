import type { OptimizerConfig } from '@ttrec/embeddings';
import type { Values } from './reference-rows.ts';

/**
 * The optimizer in float64, in place on `values`, number by number from its definition.
 *
 * @returns one step, which tells the rows that had a gradient, as `parameter/row`
 */
export function referenceOptimizer(
  { rule, epsilon = 1e-10 }: OptimizerConfig,
  values: readonly Values[],
): (gradients: readonly Float64Array[], learningRate: number) => string[] {
  const squares = values.map(({ data }) => new Float64Array(data.length));
  return (gradients, learningRate) => {
    const touched: string[] = [];
    values.forEach(({ shape, data }, k) => {
      const cols = data.length / shape[0]!;
      for (let row = 0; row < shape[0]!; row++) {
        const gradient = gradients[k]!.subarray(row * cols, (row + 1) * cols);
        if (gradient.every((g) => g === 0)) continue;
        touched.push(`${k}/${row}`);
        const mean = gradient.reduce((sum, g) => sum + g * g, 0) / cols;
        gradient.forEach((g, j) => {
          const at = row * cols + j;
          squares[k]![at]! += rule === 'rowwise-adagrad' ? mean : g * g;
          const scale = rule === 'sgd' ? 1 : Math.sqrt(squares[k]![at]!) + epsilon;
          data[at]! -= (learningRate * g) / scale;
        });
      }
    });
    return touched;
  };
}
