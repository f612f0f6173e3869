import { parameterCount, ttShape } from '@ttrec/tensor-train';
import { coreLengths, maximalRanks } from '@ttrec/tensor-train/shapes';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

/** The seven largest tables of Criteo Kaggle. */
const KAGGLE = [10131227, 8351593, 7046547, 5461306, 2202608, 286181, 142572];
const ALL_KAGGLE = [
  1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
  5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
];
const ALL_TERABYTE = [
  9980333, 36084, 17217, 7378, 20134, 3, 7112, 1442, 61, 9758201, 1333352, 313829, 10, 2208, 11156, 122, 4,
  970, 14, 9994222, 7267859, 9946608, 415421, 12420, 101, 36,
];

/** Dense parameters over the parameters when the `inTT` largest tables are in TT format. */
function compression(tables: readonly number[], numCols: number, ranks: number, inTT: number): number {
  const largest = [...tables].sort((a, b) => b - a);
  const parameters = largest.map((numRows, at) =>
    at < inTT ? parameterCount(ttShape({ numRows, numCols, ranks })) : numRows * numCols,
  );
  const dense = tables.reduce((sum, numRows) => sum + numRows * numCols, 0);
  return dense / parameters.reduce((sum, count) => sum + count, 0);
}

describe("the paper's parameter counts", () => {
  test('the seven largest tables of Criteo Kaggle at rank 32, D = 16', () => {
    const counts = KAGGLE.map((numRows) => parameterCount(ttShape({ numRows, numCols: 16, ranks: 32 })));
    expect(counts).toEqual([495360, 449152, 448000, 393088, 291648, 160448, 116736]);
  });

  test.each([
    [3, 32, '4.06'],
    [5, 32, '48.3'],
    [7, 32, '117.4'],
    [7, 8, '221.9'],
  ])('Kaggle, %i tables, rank %i: %s times smaller', (inTT, ranks, expected) => {
    const digits = expected.split('.')[1]!.length;
    expect(compression(ALL_KAGGLE, 16, ranks, inTT).toFixed(digits)).toBe(expected);
  });

  test('Terabyte, 7 tables, rank 8: 112.5 times smaller', () => {
    expect(compression(ALL_TERABYTE, 64, 8, 7).toFixed(1)).toBe('112.5');
  });
});

describe('ttShape', () => {
  test('fills in factors and ranks; never clips a rank', () => {
    expect(ttShape({ numRows: 10, numCols: 16, ranks: 32 })).toEqual({
      rowShape: [1, 2, 5],
      colShape: [2, 2, 4],
      ranks: [1, 32, 32, 1],
    });
  });

  test('takes inner ranks or all of them', () => {
    const inner = ttShape({ numRows: 1000, numCols: 16, ranks: [4, 8] });
    const full = ttShape({ numRows: 1000, numCols: 16, ranks: [1, 4, 8, 1] });
    expect(inner).toEqual(full);
    expect(ttShape({ numRows: 7, numCols: 3, cores: 1, ranks: [] }).ranks).toEqual([1, 1]);
  });

  test('takes the number of cores from a shape that is given', () => {
    const shape = ttShape({ numRows: 6, numCols: 4, rowShape: [2, 3], ranks: 2 });
    expect(shape).toEqual({ rowShape: [2, 3], colShape: [2, 2], ranks: [1, 2, 1] });
    expect(coreLengths(shape)).toEqual([2 * 1 * 2 * 2, 3 * 2 * 2 * 1]);
    expect(parameterCount(shape)).toBe(20);
  });

  const good = { numRows: 100, numCols: 16, ranks: 4 } as const;
  test.each([
    [{ ...good, numRows: 0 }, 'bad-num-rows', 'numRows: must be an integer from 1 to 4294967296, got 0.'],
    [{ ...good, numCols: 1.5 }, 'bad-num-cols', 'numCols: must be an integer from 1 to 4294967296, got 1.5.'],
    [{ ...good, cores: 0 }, 'bad-cores', 'cores: must be an integer of at least 1, got 0.'],
    [{ ...good, ranks: 0 }, 'bad-ranks', 'ranks[1]: must be an integer of at least 1, got 0.'],
    [{ ...good, ranks: [2, 2.5] }, 'bad-ranks', 'ranks[2]: must be an integer of at least 1, got 2.5.'],
    [
      { ...good, ranks: [2, 2, 2] },
      'bad-ranks',
      'the 2 inner ranks, or all 4 of them, for 3 cores, got [2,2,2].',
    ],
    [{ ...good, ranks: [2, 2, 2, 1] }, 'bad-ranks', 'ranks: must be 1 at both ends, got [2,2,2,1].'],
    [
      { ...good, rowShape: [4, 5, 4] },
      'too-few-rows',
      'must multiply to at least the 100 rows, got [4,5,4].',
    ],
    [
      { ...good, rowShape: [4, 0, 4] },
      'bad-factors',
      'rowShape[1]: must be an integer of at least 1, got 0.',
    ],
    [
      { ...good, colShape: [2, 2, 2] },
      'wrong-columns',
      'must multiply to exactly the 16 columns, got [2,2,2].',
    ],
    [
      { ...good, colShape: [4, 4], cores: 3 },
      'bad-cores',
      'must have the same number of factors, one per core, got 3 and 2.',
    ],
    [
      { ...good, rowShape: [10, 10], colShape: [4, 4], cores: 3 },
      'bad-ranks',
      'must have one more entry than the 2 cores',
    ],
  ])('refuses %j', (options, code, words) => {
    expect(() => ttShape(options)).toThrow(refusal(`tensor-train/${code}`, words));
  });
});

describe('maximalRanks', () => {
  test('is the smaller side of each unfolding', () => {
    expect(maximalRanks([3, 4, 5], [2, 2, 3])).toEqual([1, 6, 15, 1]);
    expect(maximalRanks([2, 2, 2, 2], [1, 1, 1, 1])).toEqual([1, 2, 4, 2, 1]);
    expect(maximalRanks([9], [7])).toEqual([1, 1]);
  });

  test('refuses factors that do not pair', () => {
    expect(() => maximalRanks([3, 4], [2])).toThrow(refusal('tensor-train/bad-cores'));
    expect(() => maximalRanks([], [])).toThrow(refusal('tensor-train/bad-factors'));
  });
});
