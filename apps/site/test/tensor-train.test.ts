import { expect, test } from 'vitest';
import { ttMatrixOf, row } from '@ttrec/tensor-train';
import { cores, digitsOf, rowOf, SLICES } from '../src/picture/tensor-train.ts';

test.each([0, 1, 437_042, 999_999])(
  'row %i of the picture is the row that @ttrec/tensor-train computes',
  (id) => {
    const [first, second, third] = digitsOf(id);
    expect((first * SLICES + second) * SLICES + third).toBe(id);
    const tt = ttMatrixOf(
      { rowShape: [SLICES, SLICES, SLICES], colShape: [2, 2, 4], ranks: [1, 16, 16, 1] },
      cores.map(({ slice }) =>
        Float32Array.from(Array.from({ length: SLICES }, (_, digit) => [...slice(digit)]).flat()),
      ),
    );
    const expected = row(tt, id);
    // Sums of 256 products in float32 and in another order.
    rowOf(id).forEach((value, column) => expect(value).toBeCloseTo(expected[column]!, 4));
  },
);
