import type { Activation } from '@ttrec/backend';
import { at, matrixOf, type Matrix } from '../matrix.ts';

export interface MatmulCase {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bias?: Matrix | undefined;
  readonly activation?: Activation | undefined;
}

export function matmulOracle({ a, b, transposeA, transposeB, bias, activation }: MatmulCase): Matrix {
  const inner = transposeA ? a.rows : a.cols;
  const rows = transposeA ? a.cols : a.rows;
  const cols = transposeB ? b.rows : b.cols;
  return matrixOf(rows, cols, (i, j) => {
    let sum = bias ? at(bias, 0, j) : 0;
    for (let k = 0; k < inner; k++) {
      sum += (transposeA ? at(a, k, i) : at(a, i, k)) * (transposeB ? at(b, j, k) : at(b, k, j));
    }
    return activation === 'relu' ? Math.max(sum, 0) : sum;
  });
}

export function biasActivationBackwardOracle(
  output: Matrix,
  gradient: Matrix,
  activation: Activation,
): { gradient: Matrix; gradBias: Matrix } {
  const changed = matrixOf(gradient.rows, gradient.cols, (i, j) =>
    activation === 'identity' || at(output, i, j) > 0 ? at(gradient, i, j) : 0,
  );
  const gradBias = matrixOf(1, gradient.cols, (_, j) => {
    let sum = 0;
    for (let i = 0; i < gradient.rows; i++) sum += at(changed, i, j);
    return sum;
  });
  return { gradient: changed, gradBias };
}
