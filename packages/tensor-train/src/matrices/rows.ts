import { counted, product } from '@ttrec/core';
import { addFlat } from '../algebra/arithmetic.ts';
import { checkInteger, checkTT, isList } from '../check.ts';
import { error } from '../error.ts';
import type { FloatArray } from '../float-array.ts';
import { flatten, type FlatTT } from '../tt/flat-tt.ts';
import { ttMatrix, type TTMatrix } from '../tt/tt-matrix.ts';
import { matrixOf } from '../tt/unflatten.ts';

/** A range of digits, the end not included. */
export type DigitRange = readonly [start: number, end: number];

/**
 * The rows whose digit k lies in range k, as views of the same cores. O(d).
 *
 * @param ranges one per core; null takes all digits
 * @throws `tensor-train/bad-slice`
 */
export function sliceDigits<T extends FloatArray>(
  tt: TTMatrix<T>,
  ranges: readonly (DigitRange | null)[],
): TTMatrix<T> {
  checkTT('tt', tt, 'matrix');
  const { rowShape } = tt.shape;
  if (!isList(ranges) || ranges.length !== rowShape.length) {
    throw error('bad-slice', {
      subject: 'ranges',
      rule: `must hold one range for each of the ${counted(rowShape.length, 'core')}`,
      got: isList(ranges) ? ranges.length : ranges,
    });
  }
  return ttMatrix(
    tt.cores.map((core, k) => {
      const range: unknown = ranges[k] ?? [0, rowShape[k]!];
      const [start, end] = (isList(range) ? range : []) as DigitRange;
      checkInteger('bad-slice', `ranges[${k}]: start`, start, 0, rowShape[k]! - 1);
      checkInteger('bad-slice', `ranges[${k}]: end`, end, start + 1, rowShape[k]);
      return core.lo(start, 0, 0, 0).hi(end - start, core.shape[1]!, core.shape[2]!, core.shape[3]!);
    }),
  );
}

/**
 * The rows start … end - 1, as views of the same cores. Both ends must be multiples of a block p_{k+1} … p_d, within
 * one block of the next larger size; `windowRows` takes any range. O(d).
 *
 * @throws `tensor-train/bad-slice`, `tensor-train/unaligned-rows` (which lists the block sizes)
 */
export function sliceRows<T extends FloatArray>(tt: TTMatrix<T>, start: number, end: number): TTMatrix<T> {
  checkTT('tt', tt, 'matrix');
  const { rowShape } = tt.shape;
  const numRows = product(rowShape);
  checkInteger('bad-slice', 'start', start, 0, numRows - 1);
  checkInteger('bad-slice', 'end', end, start + 1, numRows);
  for (let k = 0, block = numRows; k < rowShape.length; k++) {
    const outer = block;
    block /= rowShape[k]!;
    const within = Math.floor(start / outer) === Math.floor((end - 1) / outer);
    if (!within || start % block !== 0 || end % block !== 0) continue;
    const ranges = rowShape.map((p, at): DigitRange | null => {
      if (at > k) return null;
      const size = product(rowShape.slice(at + 1));
      const digit = Math.floor(start / size) % p;
      return at < k ? [digit, digit + 1] : [digit, digit + (end - start) / block];
    });
    return sliceDigits(tt, ranges);
  }
  const blocks = rowShape.map((_, k) => product(rowShape.slice(k + 1)));
  throw error('unaligned-rows', {
    subject: 'sliceRows',
    rule: `must begin and end at multiples of one block (${blocks.join(', ')}), within one block of the next larger size`,
    got: `${start} to ${end}`,
    hint: 'windowRows takes any range.',
  });
}

/**
 * The rows of `a` above those of `b`. The first row factors and the inner ranks add up; the other factors must agree.
 * O(parameters of the result).
 *
 * @throws `tensor-train/different-factors`
 */
export function concatenateRows(a: TTMatrix, b: TTMatrix): TTMatrix<Float64Array> {
  checkTT('a', a, 'matrix');
  checkTT('b', b, 'matrix');
  const fixed = ({ shape }: TTMatrix) =>
    `rows … x ${shape.rowShape.slice(1).join(' x ')}, columns ${shape.colShape.join(' x ')}`;
  if (fixed(a) !== fixed(b)) {
    throw error('different-factors', {
      subject: 'concatenateRows',
      rule: `must be given two matrices whose factors agree except for the first row factor, ${fixed(a)}`,
      got: fixed(b),
    });
  }
  const [x, y] = [flatten(a), flatten(b)];
  const above = widened(x, 0, y.modes[0]!);
  const below = widened(y, x.modes[0]!, 0);
  const { rowShape, colShape } = a.shape;
  return matrixOf(
    addFlat(above, below),
    [rowShape[0]! + b.shape.rowShape[0]!, ...rowShape.slice(1)],
    colShape,
  );
}

/** The TT with zeros before and after in its first mode. */
function widened(tt: FlatTT, before: number, after: number): FlatTT {
  const right = tt.ranks[1]!;
  const mode = tt.modes[0]! + before + after;
  const core = new Float64Array(mode * right);
  core.set(tt.cores[0]!, before * right);
  return { ...tt, modes: [mode, ...tt.modes.slice(1)], cores: [core, ...tt.cores.slice(1)] };
}
