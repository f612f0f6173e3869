import { RandomStream } from '@ttrec/core';
import { auc, binaryMetrics } from '@ttrec/dlrm';
import { pairedDifference, rowScores, type Measurement } from '@ttrec/planner/measure';
import { pairedT } from '@ttrec/training/statistics';
import { describe, expect, test } from 'vitest';
import { seedErrorOf } from '../src/measure/row-scores.ts';

function drawn(seed: number, rows: number, levels: number) {
  const stream = new RandomStream(seed, 'rows');
  const labels = Array.from({ length: rows }, () => stream.nextInteger(2));
  // Few levels make ties.
  const logits = labels.map((label) => (stream.nextInteger(levels) + label * stream.nextUniform()) / levels);
  return { labels, logits };
}

const meanOf = (rows: ArrayLike<number>) => Array.from(rows).reduce((sum, row) => sum + row, 0) / rows.length;

describe('scores of rows', () => {
  test.each([5, 1000])('have the metric as their mean, with %i levels of logits', (levels) => {
    const { labels, logits } = drawn(1, 500, levels);
    const byAuc = rowScores('auc', labels, logits);
    // Float32 rows of magnitude 1: the mean of 500 is right to about 1e-7.
    expect(byAuc.loss).toBeCloseTo(1 - auc(labels, logits), 12);
    expect(meanOf(byAuc.rows)).toBeCloseTo(byAuc.loss, 6);
    const byLoss = rowScores('log-loss', labels, logits);
    expect(byLoss.loss).toBeCloseTo(binaryMetrics(labels, logits, { fromLogits: true }).logLoss, 6);
    expect(meanOf(byLoss.rows)).toBeCloseTo(byLoss.loss, 6);
  });

  test('have the variance of DeLong for an AUC', () => {
    const { labels, logits } = drawn(2, 400, 1000);
    const { rows, loss } = rowScores('auc', labels, logits);
    // By the definition: the variances of the placements of positives and of negatives, over their numbers.
    const of = (label: number) => logits.filter((_, i) => labels[i] === label);
    const placed = (value: number, others: readonly number[], sign: number) =>
      meanOf(others.map((other) => (sign * (value - other) > 0 ? 1 : value === other ? 0.5 : 0)));
    const varianceOf = (values: readonly number[]) =>
      meanOf(values.map((value) => (value - meanOf(values)) ** 2)) / values.length;
    const expected =
      varianceOf(of(1).map((value) => placed(value, of(0), 1))) +
      varianceOf(of(0).map((value) => placed(value, of(1), -1)));
    const own = meanOf(Array.from(rows, (row) => (row - loss) ** 2)) / rows.length;
    expect(own / expected).toBeCloseTo(1, 4);
  });
});

describe('the seed error', () => {
  test('of two candidates is that of their paired differences', () => {
    const [a, b] = [
      [0.3, 0.35, 0.31],
      [0.32, 0.33, 0.36],
    ];
    const { error, freedom } = seedErrorOf([a, b])!;
    const differences = a.map((loss, s) => loss - b[s]!);
    expect(error).toBeCloseTo(pairedT(differences).standardError, 12);
    expect(freedom).toBe(2);
  });

  test('of more candidates has more degrees of freedom, and none comes from one seed', () => {
    const losses = [
      [0.3, 0.31],
      [0.32, 0.34],
      [0.29, 0.29],
      [0.4, 0.41],
    ];
    expect(seedErrorOf(losses)!.freedom).toBe(3);
    expect(seedErrorOf(losses.map(([first]) => [first!]))).toBeUndefined();
  });
});

describe('a paired difference', () => {
  /** Losses that differ by `shift` on the mean, and by noise of rows that is independent of it. */
  const pairs = (seeds: number, shift: number, stream: RandomStream) => {
    const one: Measurement[] = [];
    const other: Measurement[] = [];
    const noise = Array.from({ length: 200 }, () => stream.nextUniform() - 0.5);
    for (let seed = 0; seed < seeds; seed++) {
      const offset = shift + 0.02 * (stream.nextUniform() - 0.5);
      const base = noise.map(() => stream.nextUniform());
      const rows = Float32Array.from(base, (value, i) => value + offset + noise[i]!);
      one.push({ loss: meanOf(rows), rows, seconds: 0 });
      other.push({ loss: meanOf(base), rows: Float32Array.from(base), seconds: 0 });
    }
    return pairedDifference(one, other);
  };

  test.each([1, 3, 5])(
    'over %i seeds has an interval that holds the truth about 95 times in 100',
    (seeds) => {
      const stream = new RandomStream(seeds, 'pairs');
      let held = 0;
      for (let time = 0; time < 300; time++) {
        const { mean, halfWidth } = pairs(seeds, 0.03, stream);
        if (Math.abs(mean - 0.03) <= halfWidth) held++;
      }
      // 285 expected; a binomial of 300 is within 13 of it in all but a thousandth of the cases. Adding two intervals in squares is a
      // little too wide where few seeds make t large.
      expect(held).toBeGreaterThan(270);
    },
  );

  test('of a candidate with itself is nothing', () => {
    const { rows } = rowScores('auc', [0, 1, 1, 0], [1, 2, 3, 4]);
    const one = [{ loss: meanOf(rows), rows, seconds: 1 }];
    expect(pairedDifference(one, one)).toEqual({ mean: 0, halfWidth: 0 });
  });
});

test.each(['auc', 'log-loss'] as const)(
  'weights of rows in the loss by %s: 2 is a row that comes twice',
  (metric) => {
    const [labels, logits] = [
      [0, 1, 1, 0, 1, 0],
      [-1, 0.5, 2, 0.5, -0.3, 0.1],
    ];
    const weights = Float32Array.of(1, 2, 0, 1, 2, 1);
    const twice = <Item>(values: readonly Item[]) =>
      values.flatMap((value, row) => Array.from({ length: weights[row]! }, () => value));
    const { loss, rows } = rowScores(metric, labels, logits, weights);
    expect(loss).toBeCloseTo(rowScores(metric, twice(labels), twice(logits)).loss, 6);
    // float32 keeps each row.
    expect(meanOf(rows)).toBeCloseTo(loss, 6);
  },
);
