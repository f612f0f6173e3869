import { error } from '../error.ts';
import { isMatrix, type TensorTrain } from '../trains/train.ts';

/** Refuses two trains that are not of the same kind and factors (`tensor-train/different-factors`). */
export function checkSameModes(subject: string, a: TensorTrain, b: TensorTrain): void {
  const [first, second] = [factorsOf(a), factorsOf(b)];
  if (first === second) return;
  throw error('different-factors', {
    subject,
    rule: `must be given two trains of the same factors, ${first}`,
    got: second,
  });
}

function factorsOf(tt: TensorTrain): string {
  if (!isMatrix(tt)) return `modes ${tt.modes.join(' x ')}`;
  return `rows ${tt.shape.rowShape.join(' x ')}, columns ${tt.shape.colShape.join(' x ')}`;
}
