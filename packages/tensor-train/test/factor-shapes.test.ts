import { product } from '@ttrec/core';
import { balancedRowShape, colShape, rowShape } from '@ttrec/tensor-train/shapes';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

const entropy = (factors: readonly number[]) => {
  const sum = factors.reduce((a, b) => a + b, 0);
  return factors.reduce((total, f) => total - (f / sum) * Math.log(f / sum), 0);
};

/** Every way to deal a list of primes into d groups, as group products; the rule taken literally. */
function dealings(primes: readonly number[], d: number): number[][] {
  let partial: number[][] = [new Array<number>(d).fill(1)];
  let used: number[][] = [new Array<number>(d).fill(0)];
  for (const prime of primes) {
    const next: number[][] = [];
    const nextUsed: number[][] = [];
    partial.forEach((groups, at) => {
      for (let g = 0; g < d; g++) {
        next.push(groups.map((value, k) => (k === g ? value * prime : value)));
        nextUsed.push(used[at]!.map((value, k) => (k === g ? value + 1 : value)));
      }
    });
    partial = next;
    used = nextUsed;
  }
  return partial.filter((_, at) => primes.length < d || used[at]!.every((count) => count > 0));
}

function primesOf(n: number): number[] {
  for (let f = 2; f * f <= n; f++) if (n % f === 0) return [f, ...primesOf(n / f)];
  return n > 1 ? [n] : [];
}

/** The largest entropy that the rule can reach for N rows, by trying everything. */
function bestEntropy(numRows: number, d: number): number {
  let best = -1;
  for (let k = 0; k < String(numRows).length; k++) {
    const primes = primesOf(Math.ceil(numRows / 10 ** k) * 10 ** k);
    const padded = [...primes, ...new Array<number>(Math.max(0, d - primes.length)).fill(1)];
    const candidates = primes.length < d ? [padded] : dealings(primes, d);
    for (const candidate of candidates) best = Math.max(best, entropy(candidate));
  }
  return best;
}

describe('rowShape', () => {
  test.each([
    [10, [1, 2, 5]],
    [1000, [10, 10, 10]],
    [1000000, [100, 100, 100]],
    [11000000, [200, 220, 250]],
    [1333352, [125, 125, 128]],
    [39884406, [304, 350, 375]],
    // The seven largest tables of Criteo Kaggle.
    [10131227, [200, 220, 250]],
    [8351593, [200, 200, 209]],
    [7046547, [200, 200, 200]],
    [5461306, [166, 175, 188]],
    [2202608, [125, 130, 136]],
    [286181, [53, 72, 75]],
    [142572, [50, 52, 55]],
  ])('%i rows, three cores: %j', (numRows, expected) => {
    expect(rowShape(numRows, 3)).toEqual(expected);
  });

  test('two and four cores', () => {
    expect(rowShape(11000000, 2)).toEqual([3125, 3520]);
    expect(rowShape(1000000, 4)).toEqual([25, 40, 25, 40]);
  });

  test('one core, one row, a prime', () => {
    expect(rowShape(12345, 1)).toEqual([12345]);
    expect(rowShape(1, 3)).toEqual([1, 1, 1]);
    expect(product(rowShape(99999989, 3))).toBe(100000000);
  });

  test('the first rounding wins a tie: 99^3 stays, though 100^3 is as balanced', () => {
    expect(rowShape(99 ** 3, 3)).toEqual([99, 99, 99]);
  });

  // Few enough primes for the literal rule: d^(number of primes) dealings.
  test.each([2, 3, 4])('finds what trying every dealing of the primes finds, %i cores', (d) => {
    for (let numRows = 1; numRows < 3000; numRows += 37) {
      const shape = rowShape(numRows, d);
      expect(product(shape)).toBeGreaterThanOrEqual(numRows);
      expect(entropy(shape)).toBeCloseTo(bestEntropy(numRows, d), 12);
    }
  });

  test('reaches 2^32 rows, also for the numbers with the most divisors', () => {
    for (const numRows of [4294967296, 4294967295, 4294967291, 3491888400]) {
      for (const d of [2, 3, 4, 5]) expect(product(rowShape(numRows, d))).toBeGreaterThanOrEqual(numRows);
    }
  });

  test.each([0, -3, 2.5, Number.NaN, 4294967297])('refuses %s rows', (numRows) => {
    const expected = refusal(
      'tensor-train/bad-num-rows',
      `[tensor-train] numRows: must be an integer from 1 to 4294967296, got ${numRows}.`,
    );
    expect(() => rowShape(numRows, 3)).toThrow(expected);
    expect(() => balancedRowShape(numRows, 3)).toThrow(expected);
  });

  test('refuses no cores', () => {
    expect(() => rowShape(10, 0)).toThrow(refusal('tensor-train/bad-cores'));
  });
});

describe('colShape', () => {
  test.each([
    [16, 3, [2, 2, 4]],
    [64, 3, [4, 4, 4]],
    [128, 3, [4, 4, 8]],
    [768, 3, [8, 8, 12]],
    [96, 3, [4, 4, 6]],
    [1024, 3, [8, 8, 16]],
    [7, 3, [1, 1, 7]],
    [1, 3, [1, 1, 1]],
    [64, 2, [8, 8]],
    [64, 4, [2, 4, 2, 4]],
    [36, 1, [36]],
  ])('%i columns, %i cores: %j', (dim, cores, expected) => {
    expect(colShape(dim, cores)).toEqual(expected);
  });

  test('refuses a dimension of 0', () => {
    expect(() => colShape(0, 3)).toThrow(refusal('tensor-train/bad-num-cols', 'numCols'));
  });
});

describe('balancedRowShape', () => {
  test.each([
    [1000, 3, [10, 10, 10]],
    [1001, 3, [10, 10, 11]],
    [1101, 3, [10, 11, 11]],
    [5, 3, [2, 2, 2]],
    [4, 3, [1, 2, 2]],
    [4294967296, 2, [65536, 65536]],
    [4294967295, 3, [1625, 1626, 1626]],
  ])('%i rows, %i cores: %j', (numRows, cores, expected) => {
    expect(balancedRowShape(numRows, cores)).toEqual(expected);
  });

  test('no shape of factors that differ by one at most is smaller and still holds the rows', () => {
    for (let numRows = 1; numRows < 2000; numRows += 7) {
      for (const d of [1, 2, 3, 4]) {
        const shape = balancedRowShape(numRows, d);
        const holds: number[] = [];
        for (let base = 1; base <= numRows; base++) {
          for (let larger = 0; larger < d; larger++) holds.push(base ** (d - larger) * (base + 1) ** larger);
          if (base ** d >= numRows) break;
        }
        expect(product(shape)).toBe(Math.min(...holds.filter((size) => size >= numRows)));
        expect(Math.max(...shape) - Math.min(...shape)).toBeLessThanOrEqual(1);
      }
    }
  });
});
