import { normals } from '@ttrec/testkit/backend';
import { writeBack, type CoreChange, type LearnedRows } from '../src/kinds/cached/write-back.ts';
import { toDense, ttMatrixOf, ttShape, type TTShape } from '@ttrec/tensor-train';
import { describe, expect, test } from 'vitest';

const shape = ttShape({ numRows: 60, numCols: 8, ranks: [3, 5] });

function coresOf({ rowShape, colShape, ranks }: TTShape): Float32Array[] {
  return rowShape.map((p, k) => normals(p * ranks[k]! * colShape[k]! * ranks[k + 1]!, `core ${k}`));
}

/** [N, D] in float64. */
function rowsOf(of: TTShape, cores: readonly Float32Array[]): Float64Array {
  return toDense(
    ttMatrixOf(
      of,
      cores.map((core) => Float64Array.from(core)),
    ),
  ).data;
}

function changed(cores: readonly Float32Array[], { core, digits, change }: CoreChange): Float32Array[] {
  return cores.map((values, k) => {
    if (k !== core) return values;
    const width = change.length / digits.length;
    const out = values.slice();
    digits.forEach((digit, s) => {
      for (let i = 0; i < width; i++) out[digit * width + i]! += change[s * width + i]!;
    });
    return out;
  });
}

/** The expected squared error of a lookup: learned rows by their counts, each of the others `others` times. */
function expectedError(
  after: Float64Array,
  before: Float64Array,
  moved: LearnedRows,
  others: number,
): number {
  const dim = moved.values.length / moved.ids.length;
  const wanted = before.slice();
  const frequencies = new Float64Array(before.length / dim).fill(others);
  moved.ids.forEach((id, e) => {
    wanted.set(moved.values.subarray(e * dim, (e + 1) * dim), id * dim);
    frequencies[id] = moved.counts[e]!;
  });
  return after.reduce((sum, value, at) => {
    return sum + frequencies[Math.floor(at / dim)]! * (value - wanted[at]!) ** 2;
  }, 0);
}

const size = { rows: 60, dim: 8 };

/** Rows that moved by normal numbers while they were cached. */
function learned(
  ids: readonly number[],
  rows: Float64Array,
  counts: readonly number[],
  by = 0.1,
): LearnedRows {
  const noise = normals(ids.length * size.dim, 'learned');
  const values = Float32Array.from(noise, (value, at) => {
    return rows[ids[Math.floor(at / size.dim)]! * size.dim + (at % size.dim)]! + by * value;
  });
  return { ids: Uint32Array.from(ids), values, counts };
}

/** Lookups of all other rows, one each, by digit. */
function even(of: TTShape, lookups: number): Float64Array[] {
  return of.rowShape.map((p) => new Float64Array(p).fill(lookups / p));
}

const ids = [0, 7, 22, 42, 59];

describe('what is written back', () => {
  const cores = coresOf(shape);
  const rows = rowsOf(shape, cores);

  test('is nothing where nothing was learned', () => {
    const same: LearnedRows = {
      ids: Uint32Array.from(ids),
      values: Float32Array.from(ids.flatMap((id) => [...rows.subarray(id * 8, id * 8 + 8)])),
      counts: ids.map(() => 3),
    };
    const { change } = writeBack({ shape, cores, learned: same, digitCounts: even(shape, 100) });
    // float32 rows of magnitude up to 10 are off by 2^-21, and a step of least squares does not blow that up.
    expect(Math.max(...change.map(Math.abs))).toBeLessThan(1e-5);
  });

  test('touches the last core, and of that only the slices of the learned rows', () => {
    const moved = learned(ids, rows, [1, 1, 1, 1, 1]);
    const { core, digits } = writeBack({ shape, cores, learned: moved, digitCounts: even(shape, 100) });
    expect(core).toBe(2);
    expect([...digits]).toEqual([...new Set(ids.map((id) => id % shape.rowShape[2]!))].sort());
  });

  test.each([
    { name: 'rare', counts: [1, 1, 1, 1, 1] },
    { name: 'as frequent as the others', counts: [2, 2, 2, 2, 2] },
    { name: 'frequent', counts: [50, 40, 30, 20, 10] },
  ])('lowers the expected error of a lookup, learned rows $name', ({ counts }) => {
    const moved = learned(ids, rows, counts);
    // Two lookups of each of the 60 rows.
    const change = writeBack({ shape, cores, learned: moved, digitCounts: even(shape, 120) });
    const errorAt = (factor: number) => {
      const part = { ...change, change: change.change.map((value) => value * factor) };
      return expectedError(rowsOf(shape, changed(cores, part)), rows, moved, 2);
    };
    expect(errorAt(1)).toBeLessThan(errorAt(0));
    // It is the lowest, not one that is lower by chance: less of the change is worse, and so is more.
    for (const factor of [0.5, 0.9, 1.1, 1.5]) expect(errorAt(factor)).toBeGreaterThan(errorAt(1));
  });

  test('is exact where no other row minds', () => {
    const one = [ids[0]!];
    const moved = learned(one, rows, [1000]);
    const { change, ...rest } = writeBack({ shape, cores, learned: moved, digitCounts: even(shape, 0) });
    const after = rowsOf(shape, changed(cores, { ...rest, change }));
    const distance = moved.values.reduce((sum, value, j) => sum + (value - after[one[0]! * 8 + j]!) ** 2, 0);
    // Rank 5 over 4 leading columns: the row can be reached, but for the ridge.
    expect(Math.sqrt(distance)).toBeLessThan(1e-3);
  });

  test('leaves a slice nearly alone whose other rows are looked up far more', () => {
    const moved = learned(ids, rows, [1, 1, 1, 1, 1]);
    const norm = (lookups: number) => {
      const { change } = writeBack({ shape, cores, learned: moved, digitCounts: even(shape, lookups) });
      return Math.hypot(...change);
    };
    expect(norm(1e6)).toBeLessThan(1e-3 * norm(10));
  });

  test('moves rows that are looked up less than rows that are not', () => {
    const wide = ttShape({ numRows: 60, numCols: 8, ranks: [3, 10] });
    const wideCores = coresOf(wide);
    const before = rowsOf(wide, wideCores);
    // Rank 10 has room beside the four leading columns of the one prefix that is looked up, (0, 0), ids 0 to 4.
    const counts = wide.rowShape.map((p, k) => {
      return k < 2
        ? new Float64Array(p).map((_, digit) => (digit === 0 ? 200 : 0))
        : new Float64Array(p).fill(40);
    });
    const moved = learned([59], before, [20]);
    const after = rowsOf(
      wide,
      changed(wideCores, writeBack({ shape: wide, cores: wideCores, learned: moved, digitCounts: counts })),
    );
    const movedBy = (id: number) =>
      Math.hypot(...Array.from({ length: 8 }, (_, j) => after[id * 8 + j]! - before[id * 8 + j]!));
    expect(movedBy(4)).toBeLessThan(0.2 * movedBy(59));
    expect(movedBy(58)).toBe(0);
  });
});

test('one core holds the rows themselves, which come out as they were learned', () => {
  const single = ttShape({ numRows: 7, numCols: 4, ranks: 1, cores: 1 });
  const cores = coresOf(single);
  const values = normals(4, 'learned');
  const { core, digits, change } = writeBack({
    shape: single,
    cores,
    learned: { ids: Uint32Array.of(5), values, counts: [9] },
    digitCounts: [new Float64Array(7)],
  });
  expect([core, ...digits]).toEqual([0, 5]);
  change.forEach((value, j) => expect(cores[0]![20 + j]! + value).toBeCloseTo(values[j]!, 4));
});

test('cores of zeros, which no change of one slice can bring to life, are left', () => {
  const cores = coresOf(shape).map((core) => core.fill(0));
  const moved = learned(ids, rowsOf(shape, cores), [1, 1, 1, 1, 1]);
  const { change } = writeBack({ shape, cores, learned: moved, digitCounts: even(shape, 100) });
  expect(change).toEqual(new Float32Array(change.length));
});
