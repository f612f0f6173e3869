import { at, matrixOf, zeros, type Matrix } from '../matrix.ts';

export interface InteractionCase {
  readonly features: Matrix;
  readonly featureCount: number;
  readonly selfInteraction: boolean;
  readonly passThrough: boolean;
}

/** What each output column stands for: an element of the first feature, or a pair of features. */
function outputColumns({
  features,
  featureCount,
  selfInteraction,
  passThrough,
}: InteractionCase): ({ readonly element: number } | { readonly pair: readonly [number, number] })[] {
  const dim = features.cols / featureCount;
  const columns: ReturnType<typeof outputColumns> = [];
  if (passThrough) for (let element = 0; element < dim; element++) columns.push({ element });
  for (let i = 0; i < featureCount; i++) {
    for (let j = 0; j < i; j++) columns.push({ pair: [i, j] });
    if (selfInteraction) columns.push({ pair: [i, i] });
  }
  return columns;
}

export function dotInteractionOracle(args: InteractionCase): Matrix {
  const { features } = args;
  const dim = features.cols / args.featureCount;
  const columns = outputColumns(args);
  return matrixOf(features.rows, columns.length, (row, column) => {
    const meaning = columns[column]!;
    if ('element' in meaning) return at(features, row, meaning.element);
    const [i, j] = meaning.pair;
    let sum = 0;
    for (let k = 0; k < dim; k++) sum += at(features, row, i * dim + k) * at(features, row, j * dim + k);
    return sum;
  });
}

export function dotInteractionBackwardOracle(args: InteractionCase, gradOut: Matrix): Matrix {
  const { features } = args;
  const dim = features.cols / args.featureCount;
  const out = zeros(features.rows, features.cols);
  for (let row = 0; row < features.rows; row++) {
    outputColumns(args).forEach((meaning, column) => {
      const gradient = at(gradOut, row, column);
      if ('element' in meaning) {
        out.data[row * out.cols + meaning.element]! += gradient;
        return;
      }
      const [i, j] = meaning.pair;
      for (let k = 0; k < dim; k++) {
        out.data[row * out.cols + i * dim + k]! += gradient * at(features, row, j * dim + k);
        out.data[row * out.cols + j * dim + k]! += gradient * at(features, row, i * dim + k);
      }
    });
  }
  return out;
}
