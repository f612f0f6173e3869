import type { OptimizerRule, TTLayout } from './kernel-definitions.ts';

/** Elements of a slice of core k: r_k·q_k·r_{k+1}. */
export function sliceLength({ colShape, ranks }: TTLayout, k: number): number {
  return ranks[k]! * colShape[k]! * ranks[k + 1]!;
}

/** Elements of the value of a node of level k: Q_k·r_{k+1}. */
export function valueLength({ colShape, ranks }: TTLayout, k: number): number {
  return colShape.slice(0, k + 1).reduce((product, q) => product * q, 1) * ranks[k + 1]!;
}

/** Numbers of optimizer state a row of `cols` weights. */
export function stateCols(rule: OptimizerRule, cols: number): number {
  switch (rule) {
    case 'sgd':
      return 0;
    case 'adagrad':
      return cols;
    case 'rowwise-adagrad':
      return 1;
    case 'rowwise-adam':
      return cols + 1;
    case 'adam':
    case 'ftrl':
      return 2 * cols;
  }
}

/** Columns that the dot interaction puts out. */
export function interactionWidth(args: {
  readonly featureCount: number;
  readonly featureCols: number;
  readonly selfInteraction: boolean;
  readonly passThrough: boolean;
}): number {
  const { featureCount: f } = args;
  const pairs = (f * (args.selfInteraction ? f + 1 : f - 1)) / 2;
  return pairs + (args.passThrough ? args.featureCols / f : 0);
}
