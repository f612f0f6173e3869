import { checkTT } from '../check.ts';
import { error } from '../error.ts';
import { isMatrix, type TT } from '../tt/flat-tt.ts';

/** Rejects two TTs of different kinds or factors (`tensor-train/bad-tt`, `tensor-train/different-factors`). */
export function checkSameModes(subject: string, a: TT, b: TT): void {
  checkTT(`${subject}: a`, a);
  checkTT(`${subject}: b`, b);
  const [first, second] = [factorsOf(a), factorsOf(b)];
  if (first === second) return;
  throw error('different-factors', {
    subject,
    rule: `must be given two TTs of the same factors, ${first}`,
    got: second,
  });
}

function factorsOf(tt: TT): string {
  if (!isMatrix(tt)) return `modes ${tt.modes.join(' x ')}`;
  return `rows ${tt.shape.rowShape.join(' x ')}, columns ${tt.shape.colShape.join(' x ')}`;
}
