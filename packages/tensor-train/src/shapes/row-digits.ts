import { product } from '@ttrec/core';
import { checkFactors, checkInteger, MAX_ROWS } from '../check.ts';
import { error } from '../error.ts';

/**
 * The row digits of an id in the mixed radix of the row factors, most significant first:
 * `id = ((i_1 p_2 + i_2) p_3 + i_3) …`. Exact for every id up to 2^32 - 1. O(d).
 *
 * @param rowShape p_k, [d]
 * @param out receives the digits, [d]; a new array by default
 * @throws `tensor-train/bad-factors`, `tensor-train/row-out-of-range`, `tensor-train/bad-out`
 */
export function rowDigits(id: number, rowShape: readonly number[], out?: Uint32Array): Uint32Array {
  checkFactors('rowShape', rowShape);
  const numRows = Math.min(product(rowShape), MAX_ROWS);
  checkInteger('row-out-of-range', 'row id', id, 0, numRows - 1);
  const digits = out ?? new Uint32Array(rowShape.length);
  if (digits.length !== rowShape.length) {
    throw error('bad-out', {
      subject: 'out',
      rule: `must have one place for each of the ${rowShape.length} row factors`,
      got: digits.length,
    });
  }
  let rest = id;
  for (let k = rowShape.length - 1; k >= 0; k--) {
    const factor = rowShape[k]!;
    const digit = rest % factor;
    digits[k] = digit;
    // A difference of two integers below 2^53 is exact, and so is its quotient by a divisor of it.
    rest = (rest - digit) / factor;
  }
  return digits;
}
