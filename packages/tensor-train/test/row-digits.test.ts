import { rowDigits } from '@ttrec/tensor-train/shapes';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

/** The id that digits stand for, in integers that cannot round. */
function idOf(digits: Uint32Array, rowShape: readonly number[]): bigint {
  return rowShape.reduce((id, factor, k) => id * BigInt(factor) + BigInt(digits[k]!), 0n);
}

describe('rowDigits', () => {
  test('counts in the mixed radix, most significant digit first', () => {
    const rows = Array.from({ length: 6 }, (_, id) => [...rowDigits(id, [2, 3])]);
    expect(rows).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
  });

  test.each([
    { rowShape: [1626, 1626, 1626] },
    { rowShape: [65536, 65536] },
    { rowShape: [4294967296] },
    { rowShape: [1, 3, 1, 1431655766] },
  ])('is exact up to id 2^32 - 1 in $rowShape', ({ rowShape }) => {
    for (const id of [0, 1, 2 ** 24 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2, 2 ** 32 - 1]) {
      const digits = rowDigits(id, rowShape);
      expect(idOf(digits, rowShape)).toBe(BigInt(id));
      digits.forEach((digit, k) => expect(digit).toBeLessThan(rowShape[k]!));
    }
  });

  test('writes into the array it is given', () => {
    const out = new Uint32Array(3);
    expect(rowDigits(11, [2, 2, 3], out)).toBe(out);
    expect([...out]).toEqual([1, 1, 2]);
  });

  test.each([-1, 12, 1.5, Number.NaN])('refuses the id %s of a table of 12 rows', (id) => {
    expect(() => rowDigits(id, [2, 2, 3])).toThrow(
      refusal(
        'tensor-train/row-out-of-range',
        `[tensor-train] row id: must be an integer from 0 to 11, got ${id}.`,
      ),
    );
  });

  test('refuses a buffer of another length', () => {
    expect(() => rowDigits(1, [2, 2, 3], new Uint32Array(2))).toThrow(
      refusal('tensor-train/bad-out', 'the 3 row factors'),
    );
  });
});
