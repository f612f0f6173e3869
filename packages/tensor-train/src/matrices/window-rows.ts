import { product } from '@ttrec/core';
import { checkInteger, checkTT } from '../check.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import { rowDigits } from '../shapes/row-digits.ts';
import { type TTMatrix, ttMatrixOf } from '../tt/tt-matrix.ts';

/**
 * Any range of rows as a TT-matrix whose first end - start rows are the rows start … end - 1. Exact; a rank doubles at
 * most, and `round` may bring it down again. As in every table whose factors hold more than its rows, what is behind
 * them is padding: the rows that follow in the table, zeros past its end. Leading factors are cut to what is needed.
 *
 * Adds `start` to the row digits, last digit first; each rank carries a second copy of the TT for the case that a
 * digit has overflowed. This is the shift of Kazeev, Khoromskij and Tyrtyshnikov, "Multilevel Toeplitz Matrices Generated
 * by Tensor-Structured Vectors and Convolution with Logarithmic Complexity", SIAM J. Sci. Comput. 35, 2013, in a mixed
 * radix. O(parameters of the result), four times those of `tt` at most.
 *
 * @throws `tensor-train/bad-slice`
 */
export function windowRows(tt: TTMatrix, start: number, end: number): TTMatrix<Float64Array> {
  checkTT('tt', tt, 'matrix');
  const { rowShape, colShape, ranks } = tt.shape;
  const numRows = product(rowShape);
  checkInteger('bad-slice', 'start', start, 0, numRows - 1);
  checkInteger('bad-slice', 'end', end, start + 1, numRows);
  const digits = rowDigits(start, rowShape);
  // No digit overflows behind which only zeros are added.
  const copies = ranks.map((_, k) => (k > 0 && digits.subarray(k).some((digit) => digit > 0) ? 2 : 1));
  const cut = cutShape(rowShape, end - start);
  const cores = tt.cores.map((core, k) =>
    shifted(contiguous(core), {
      from: rowShape[k]!,
      to: cut[k]!,
      left: ranks[k]!,
      q: colShape[k]!,
      right: ranks[k + 1]!,
      digit: digits[k]!,
      leftCopies: copies[k]!,
      rightCopies: copies[k + 1]!,
    }),
  );
  const wider = ranks.map((rank, k) => rank * copies[k]!);
  return ttMatrixOf({ rowShape: cut, colShape, ranks: wider }, cores);
}

/** The row factors with leading ones cut, so that they hold `count` rows and little more. */
function cutShape(rowShape: readonly number[], count: number): number[] {
  let whole = true;
  return rowShape.map((p, k) => {
    if (!whole) return p;
    const needed = Math.ceil(count / product(rowShape.slice(k + 1)));
    whole = needed === 1;
    return needed;
  });
}

interface Shift {
  /** p_k before and after. */
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly q: number;
  readonly right: number;
  /** What is added to this digit. */
  readonly digit: number;
  /** Copies of the TT, one for each state of the carry: out of this digit on the left, into it on the right. */
  readonly leftCopies: number;
  readonly rightCopies: number;
}

function shifted(core: Float64Array, shift: Shift): Float64Array {
  const { from, to, left, q, right, digit, leftCopies, rightCopies } = shift;
  const out = new Float64Array(to * leftCopies * left * q * rightCopies * right);
  for (let i = 0; i < to; i++) {
    for (let carriedIn = 0; carriedIn < rightCopies; carriedIn++) {
      const sum = i + digit + carriedIn;
      const carriedOut = sum >= from ? 1 : 0;
      // Past the end of the table there are zeros.
      if (carriedOut >= leftCopies) continue;
      for (let line = 0; line < left * q; line++) {
        const source = ((sum - carriedOut * from) * left * q + line) * right;
        const place = (i * leftCopies + carriedOut) * left * q + line;
        out.set(core.subarray(source, source + right), (place * rightCopies + carriedIn) * right);
      }
    }
  }
  return out;
}
