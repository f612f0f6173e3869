import { RandomStream, product } from '@ttrec/core';
import { initialiseCores, toDense, ttMatrixOf, ttShape, type InitialiseOptions } from '@ttrec/tensor-train';
import { rowDigits } from '@ttrec/tensor-train/shapes';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

/** Mean and mean square of the first `numRows` rows. */
function moments(options: Omit<InitialiseOptions, 'stream'>, numRows: number, seed = 1) {
  const cores = initialiseCores({ ...options, stream: new RandomStream(seed, 'init') });
  const { data, shape } = toDense(ttMatrixOf(options.shape, cores));
  const used = data.subarray(0, numRows * shape[1]!);
  const mean = used.reduce((sum, value) => sum + value, 0) / used.length;
  return { mean, square: used.reduce((sum, value) => sum + value * value, 0) / used.length };
}

const DISTRIBUTIONS = ['gaussian', 'sampled-gaussian', 'orthogonal'] as const;
const RANKS = [1, 2, 4, 8, 16, 32, 64];

describe.each(DISTRIBUTIONS)('rank-aware, %s', (distribution) => {
  test.each([2, 3, 4])('rows have variance 1/(3N) at ranks 1 to 64, %i cores', (cores) => {
    for (const ranks of RANKS) {
      const numRows = 12_000;
      const shape = ttShape({ numRows, numCols: 16, cores, ranks });
      const { mean, square } = moments({ shape, distribution, scale: 'rank-aware' }, numRows);
      const paddedRows = product(shape.rowShape);
      expect(paddedRows).toBe(numRows);
      // Exact but for the rounding of the cores to float32.
      expect(Math.abs(3 * numRows * square - 1)).toBeLessThan(1e-5);
      // The mean of a table is the product of its cores' means: at rank 1 with two cores of 440 numbers each, as much
      // as 4 / 440 of a deviation.
      expect(Math.abs(mean) / Math.sqrt(square)).toBeLessThan(0.05);
    }
  });

  test('padded tables and unequal ranks: the rows in use stay within 5 %', () => {
    // 10,007 rows are padded to 10,800 or so; the rows that are cut off share the last digits of the first core.
    for (const ranks of [
      [64, 3],
      [2, 48],
      [7, 7],
    ]) {
      const numRows = 10_007;
      const shape = ttShape({ numRows, numCols: 16, ranks });
      const { square } = moments({ shape, numRows, distribution, scale: 'rank-aware' }, numRows);
      expect(Math.abs(3 * numRows * square - 1)).toBeLessThan(0.05);
    }
  });
});

describe('reference', () => {
  test('sampled gaussian, three cores: the deviation is 13.8 R times its target', () => {
    for (const ranks of [8, 16, 32]) {
      const numRows = 8000;
      const shape = ttShape({ numRows, numCols: 64, ranks });
      const { square } = moments({ shape, distribution: 'sampled-gaussian', scale: 'reference' }, numRows);
      // One draw of cores with 80 R or more numbers: within a few percent of its expectation.
      expect(Math.sqrt(3 * numRows * square) / ranks).toBeGreaterThan(13.8 * 0.93);
      expect(Math.sqrt(3 * numRows * square) / ranks).toBeLessThan(13.8 * 1.07);
    }
  });

  test('gaussian: the deviation is R times its target', () => {
    const shape = ttShape({ numRows: 8000, numCols: 64, ranks: 16 });
    const { square } = moments({ shape, distribution: 'gaussian', scale: 'reference' }, 8000);
    expect(Math.abs(Math.sqrt(24_000 * square) / 16 - 1)).toBeLessThan(0.07);
  });
});

describe('draws', () => {
  const shape = ttShape({ numRows: 8000, numCols: 64, ranks: 16 });
  const draw = (seed: number, name = 'init', distribution: (typeof DISTRIBUTIONS)[number] = 'gaussian') =>
    initialiseCores({ shape, distribution, scale: 'reference', stream: new RandomStream(seed, name) });

  test('the same stream gives the same bits; another seed or name gives others; the stream does not move', () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(2)[0]![0]).not.toBe(draw(1)[0]![0]);
    expect(draw(1, 'other')[0]![0]).not.toBe(draw(1)[0]![0]);
    const stream = new RandomStream(1, 'init', 4);
    initialiseCores({ shape, distribution: 'gaussian', scale: 'rank-aware', stream });
    expect(stream.position).toBe(4);
  });

  test('a sampled gaussian has no number inside the cut, both signs, and the moments of the two tails', () => {
    const scale = (1 / 24_000) ** (1 / 6);
    const sample = draw(3, 'tails', 'sampled-gaussian')[1]!.map((value) => value / scale);
    expect(sample.every((value) => Math.abs(value) >= 2 - 1e-6)).toBe(true);
    const moment = (power: number) => sample.reduce((sum, value) => sum + value ** power, 0) / sample.length;
    // 20,480 numbers. By parts, with h = 2 phi(2) / (1 - Phi(2)): E x^2 = 1 + h = 5.7464, E x^4 = 3 E x^2 + 4 h = 36.22;
    // the standard errors are 0.0125 and 0.22, and 0.017 for the mean; the limits are four of them.
    expect(Math.abs(moment(1))).toBeLessThan(0.068);
    expect(Math.abs(moment(2) - 5.7464)).toBeLessThan(0.05);
    expect(Math.abs(moment(4) - 36.22)).toBeLessThan(0.9);
  });

  test.each([
    [
      { distribution: 'uniform' },
      'bad-initialisation',
      'distribution: must be one of gaussian, sampled-gaussian, orthogonal, got uniform.',
    ],
    [{ scale: 'xavier' }, 'bad-initialisation', 'scale: must be one of rank-aware, reference, got xavier.'],
    [{ numRows: 0 }, 'bad-num-rows', 'numRows: must be an integer from 1 to 8000, got 0.'],
    [{ numRows: 8001 }, 'bad-num-rows', 'numRows: must be an integer from 1 to 8000, got 8001.'],
  ])('refuses %j', (wrong, code, words) => {
    const good = { shape, distribution: 'gaussian', scale: 'rank-aware', stream: new RandomStream(1, 'x') };
    expect(() => initialiseCores({ ...good, ...wrong } as InitialiseOptions)).toThrow(
      refusal(`tensor-train/${code}`, words),
    );
  });
});

describe('orthogonal', () => {
  test('every core is a partial isometry times one factor', () => {
    const shape = { rowShape: [3, 4, 5], colShape: [2, 2, 2], ranks: [1, 9, 20, 1] };
    const stream = new RandomStream(1, 'orthogonal');
    const cores = initialiseCores({ shape, distribution: 'orthogonal', scale: 'rank-aware', stream });
    const factor = Math.hypot(...cores[2]!);
    cores.forEach((core, k) => {
      const right = shape.ranks[k + 1]!;
      const rows = core.length / right;
      // Row i and column j of the left unfolding; orthonormal along its longer side.
      const [count, length] = rows < right ? [rows, right] : [right, rows];
      const at = (x: number, l: number) => core[rows < right ? x * right + l : l * right + x]! / factor;
      for (let x = 0; x < count; x++) {
        for (let y = 0; y < count; y++) {
          let sum = 0;
          for (let l = 0; l < length; l++) sum += at(x, l) * at(y, l);
          // Rounding of the cores to float32.
          expect(Math.abs(sum - (x === y ? 1 : 0))).toBeLessThan(1e-6);
        }
      }
    });
  });

  test('has no reference scale', () => {
    const shape = ttShape({ numRows: 8, numCols: 8, ranks: 2 });
    const stream = new RandomStream(1, 'orthogonal');
    expect(() => initialiseCores({ shape, distribution: 'orthogonal', scale: 'reference', stream })).toThrow(
      refusal('tensor-train/bad-initialisation', 'scale: must be rank-aware, got reference.'),
    );
  });
});

test('a table of ten million rows is drawn without being held', () => {
  const numRows = 10_131_227;
  const shape = ttShape({ numRows, numCols: 16, ranks: 32 });
  const cores = initialiseCores({
    shape,
    numRows,
    distribution: 'sampled-gaussian',
    scale: 'rank-aware',
    stream: new RandomStream(1, 'big'),
  });
  expect(cores.map((core) => core.length)).toEqual([12800, 450560, 32000]);
  expect([...rowDigits(numRows - 1, shape.rowShape)]).toEqual([184, 44, 226]);
});
