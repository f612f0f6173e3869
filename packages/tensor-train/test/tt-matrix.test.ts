import { fillNormal, RandomStream, product } from '@ttrec/core';
import { row, toDense, ttMatrix, ttMatrixOf, type TTShape } from '@ttrec/tensor-train';
import { frobeniusNorm } from '@ttrec/tensor-train/algebra';
import { coreLengths } from '@ttrec/tensor-train/shapes';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

/** Cores that hold 1, 2, 3, … in storage order. */
function counting(shape: TTShape) {
  return ttMatrixOf(
    shape,
    coreLengths(shape).map((length) => Float32Array.from({ length }, (_, i) => i + 1)),
  );
}

function random(shape: TTShape, seed: number) {
  return ttMatrixOf(
    shape,
    coreLengths(shape).map((length, k) => {
      const core = new Float64Array(length);
      fillNormal(core, new RandomStream(seed, `core/${k}`));
      return core;
    }),
  );
}

const two: TTShape = { rowShape: [2, 3], colShape: [2, 2], ranks: [1, 2, 1] };
const three: TTShape = { rowShape: [2, 2, 3], colShape: [2, 1, 2], ranks: [1, 2, 3, 1] };

describe('reconstruction, by hand', () => {
  const table = [
    [7, 10, 15, 22],
    [19, 22, 43, 50],
    [31, 34, 71, 78],
    [23, 34, 31, 46],
    [67, 78, 91, 106],
    [111, 122, 151, 166],
  ];

  test('two cores: every row, and the whole table', () => {
    const tt = counting(two);
    table.forEach((expected, i) => expect([...row(tt, i)]).toEqual(expected));
    expect([...toDense(tt).data]).toEqual(table.flat());
    expect(toDense(tt).shape).toEqual([6, 4]);
  });

  test('three cores: the first row and the last', () => {
    const tt = counting(three);
    expect([...row(tt, 0)]).toEqual([120, 156, 262, 340]);
    expect([...row(tt, 11)]).toEqual([4814, 5132, 6540, 6972]);
  });

  test('one core is the matrix itself', () => {
    const tt = counting({ rowShape: [2], colShape: [3], ranks: [1, 1] });
    expect([...toDense(tt).data]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

/** An entry by the definition: the sum over all rank indices of products of core entries. */
function entry(tt: ReturnType<typeof random>, i: readonly number[], j: readonly number[]): number {
  let vector = [1];
  tt.cores.forEach((core, k) => {
    const next = new Array<number>(core.shape[3]!).fill(0);
    vector.forEach((value, a) => next.forEach((_, b) => (next[b]! += value * core.get(i[k]!, a, j[k]!, b))));
    vector = next;
  });
  return vector[0]!;
}

describe('reconstruction, by the definition', () => {
  const shape: TTShape = { rowShape: [3, 2, 2, 3], colShape: [2, 3, 1, 2], ranks: [1, 3, 5, 2, 1] };
  const tt = random(shape, 11);
  const dense = toDense(tt);

  test('every entry of four cores of unequal ranks', () => {
    let at = 0;
    for (const i of digitsOf(shape.rowShape)) {
      for (const j of digitsOf(shape.colShape)) {
        // Sums of at most 30 products of numbers near 1: rounding stays below 1e-13.
        expect(dense.data[at++]).toBeCloseTo(entry(tt, i, j), 12);
      }
    }
    expect(at).toBe(dense.size);
  });

  test('rows agree with the whole table', () => {
    for (const i of [0, 17, 35])
      row(tt, i).forEach((value, j) => expect(value).toBeCloseTo(dense.get(i, j), 12));
  });

  test('the norm is that of the whole table', () => {
    const expected = Math.sqrt(dense.data.reduce((sum, value) => sum + value * value, 0));
    expect(Math.abs(frobeniusNorm(tt) / expected - 1)).toBeLessThan(1e-14);
  });

  test('views with any strides are read as they are', () => {
    const transposed = ttMatrix(
      tt.cores.map((core) => {
        const [p, left, q, right] = core.shape as [number, number, number, number];
        const stored = ndarray(new Float64Array(core.size + 3), [right, q, left, p], undefined, 3);
        const view = stored.transpose(3, 2, 1, 0);
        for (const [a, b, c, e] of digitsOf([p, left, q, right]) as [number, number, number, number][]) {
          view.set(a, b, c, e, core.get(a, b, c, e));
        }
        return view;
      }),
    );
    expect(toDense(transposed).data).toEqual(dense.data);
    expect(row(transposed, 5)).toEqual(row(tt, 5));
    expect(frobeniusNorm(transposed)).toBe(frobeniusNorm(tt));
  });
});

/** All digit strings of a radix, in order. */
function digitsOf(radix: readonly number[]): number[][] {
  return radix.reduce<number[][]>(
    (all, factor) =>
      all.flatMap((digits) => Array.from({ length: factor }, (_, digit) => [...digits, digit])),
    [[]],
  );
}

describe('construction', () => {
  const core = (...shape: number[]) => ndarray(new Float64Array(product(shape)), shape);
  test.each([
    [[], 'bad-cores', 'cores: must hold at least one core, got 0.'],
    [
      [core(2, 2, 1)],
      'bad-cores',
      'cores[0]: must have the dimensions [p_k][r_k][q_k][r_{k+1}], got [2,2,1].',
    ],
    [[core(2, 2, 2, 1)], 'bad-ranks', 'cores[0]: must have left rank 1, got 2.'],
    [
      [core(2, 1, 2, 3), core(2, 2, 2, 1)],
      'bad-ranks',
      'cores[1]: must have the right rank of cores[0], 3, as left rank, got 2.',
    ],
    [[core(2, 1, 2, 3)], 'bad-ranks', 'ranks: must be 1 at both ends, got [1,3].'],
    [[core(0, 1, 2, 1)], 'bad-factors', 'rowShape[0]: must be an integer of at least 1, got 0.'],
  ])('refuses %#', (cores, code, words) => {
    expect(() => ttMatrix(cores)).toThrow(refusal(`tensor-train/${code}`, words));
  });

  test('refuses integers', () => {
    const integers = ndarray(new Int32Array(4), [2, 1, 2, 1]) as unknown as ReturnType<typeof core>;
    expect(() => ttMatrix([integers])).toThrow(
      refusal('tensor-train/bad-cores', '[tensor-train] cores[0]: must be float32 or float64, got int32.'),
    );
  });

  test('refuses flat cores of the wrong length or number', () => {
    expect(() => ttMatrixOf(two, [new Float32Array(8), new Float32Array(11)])).toThrow(
      refusal('tensor-train/bad-cores', '[tensor-train] cores[1]: must hold 12 numbers, got 11.'),
    );
    expect(() => ttMatrixOf(two, [new Float32Array(8)])).toThrow(
      'must be 2, as many as the shape has, got 1',
    );
  });

  test('a row past the end names the limit', () => {
    expect(() => row(counting(two), 6)).toThrow('row id: must be an integer from 0 to 5, got 6.');
  });
});
