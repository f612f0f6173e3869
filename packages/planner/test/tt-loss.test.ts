import { defaultPrior, pilotTT, plan } from '@ttrec/planner';
import { TTLoss, zipfFrequencies } from '@ttrec/planner/generator';
import { RandomStream } from '@ttrec/core';
import { row, ttMatrixOf, ttShape } from '@ttrec/tensor-train';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';

const tt = { frequencies: zipfFrequencies(100_000, 1.05), parameters: 40_000, embeddingDim: 16 };

describe('the prior', () => {
  const loss = new TTLoss(defaultPrior);

  test('loses less with more rank and with more parameters', () => {
    expect(loss.of({ ...tt, rank: 8 })).toBeLessThan(loss.of({ ...tt, rank: 4 }));
    expect(loss.of({ ...tt, rank: 8, parameters: 80_000 })).toBeLessThan(loss.of({ ...tt, rank: 8 }));
  });

  test('gives digits no meaning where ids come mixed', () => {
    const mixed = loss.of({ ...tt, rank: 8, sharesDigits: false });
    const rows = tt.parameters / defaultPrior.mixedNumbers;
    expect(mixed).toBeCloseTo(1 - tt.frequencies.massBelow(rows), 12);
    const unordered = new TTLoss(defaultPrior, [], false);
    expect(unordered.of({ ...tt, rank: 8 })).toBe(mixed);
  });

  test('of rows of few columns, loses less with each, and nothing with all', () => {
    const losses = [1, 2, 4, 15, 16].map((columns) => loss.ofColumns(columns, 16));
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(losses[3]).toBeGreaterThan(0);
    expect(losses[4]).toBe(0);
  });
});

/** A table whose TT-rank is 3, with noise of a tenth of its norm. */
function plantedTable(numRows: number, numCols: number): Float64Array {
  const stream = new RandomStream(2, 'planted');
  const normals = (length: number) => Float64Array.from({ length }, () => stream.nextNormal());
  const shape = ttShape({ numRows, numCols, ranks: 3 });
  const cores = shape.rowShape.map((p, k) =>
    normals(p * shape.ranks[k]! * shape.colShape[k]! * shape.ranks[k + 1]!),
  );
  const planted = ttMatrixOf(shape, cores);
  const rows = Float64Array.from(
    { length: numRows * numCols },
    (_, at) => row(planted, Math.floor(at / numCols))[at % numCols]!,
  );
  const size = Math.sqrt(rows.reduce((sum, x) => sum + x * x, 0) / rows.length);
  return rows.map((x) => x + 0.1 * size * stream.nextNormal());
}

describe('a pilot', () => {
  const [numRows, numCols] = [600, 8];
  const table = ndarray(plantedTable(numRows, numCols), [numRows, numCols]);
  const counts = Float64Array.from({ length: numRows }, (_, id) => 1 / (id + 1));

  test.each([
    ['plain', undefined],
    ['weighted', counts],
  ])('%s, finds the rank that is in the table', (_, weights) => {
    const pilot = pilotTT(table, { ranks: [1, 2, 3, 6], ...(weights ? { counts: weights } : {}) });
    expect(pilot.map(({ rank }) => rank)).toEqual([1, 2, 3, 6]);
    const [one, , three, six] = pilot.map(({ loss }) => loss);
    expect(one).toBeGreaterThan(0.1);
    // The noise is a hundredth of the squared norm, of which a TT of rank 6 fits some.
    expect(three).toBeLessThan(0.02);
    expect(six).toBeLessThan(three!);
  });

  test('takes the place of the prior in a plan', () => {
    const feature = { name: 'a', numEmbeddings: 100_000, counts: new Float64Array(100_000).fill(1) };
    const pilot = [
      { rank: 2, loss: 0.5 },
      { rank: 8, loss: 0.01 },
    ];
    const made = plan([{ ...feature, pilot }], { bytes: 60_000, embeddingDim: 8, kinds: ['tt', 'hash'] });
    expect(made.tables[0]!.kind).toBe('tt');
    // Interpolated, up to a rank of 8.
    expect(made.tables[0]!.loss).toBeCloseTo(0.01, 12);
    expect(made.tables[0]!.because).toContain('by a pilot on the trained table');
  });

  test('is interpolated between its ranks and held beyond them', () => {
    const pilot = [
      { rank: 2, loss: 0.4 },
      { rank: 8, loss: 0.1 },
    ];
    const measured = new TTLoss(defaultPrior, pilot);
    const losses = [1, 2, 4, 8, 99].map((rank) => measured.of({ ...tt, rank }));
    [0.4, 0.4, 0.2, 0.1, 0.1].forEach((loss, k) => expect(losses[k]).toBeCloseTo(loss, 12));
  });
});
