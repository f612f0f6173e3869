import { auc, binaryMetrics } from '@ttrec/dlrm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from './refusal.ts';

/** Few distinct scores, so that ties are common; and scores of every size and sign. */
const rows = fc.oneof(
  fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 0.25, 0.5, 1)), { maxLength: 60 }),
  fc.array(fc.tuple(fc.constantFrom(0, 1), fc.double({ noNaN: true })), { maxLength: 60 }),
);

/** Every pair of a positive and a negative, one by one. */
function pairwiseAuc(labels: readonly number[], scores: readonly number[]): number {
  const of = (label: number) => scores.filter((_, i) => labels[i] === label);
  const pairs = of(1).flatMap((p) => of(0).map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
  return pairs.reduce<number>((sum, win) => sum + win, 0) / pairs.length;
}

describe('AUC', () => {
  test('is the share of pairs in the right order, ties one half', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const labels = list.map(([label]) => label);
        const scores = list.map(([, score]) => score);
        // Both count halves, which is exact.
        expect(auc(labels, scores)).toBe(pairwiseAuc(labels, scores));
      }),
    );
  });

  test('all scores equal: one half', () => {
    expect(auc([0, 1, 1, 0, 1], new Float32Array(5).fill(0.3))).toBe(0.5);
  });

  test('a perfect order, and its reverse', () => {
    expect(auc([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4])).toBe(1);
    expect(auc([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4])).toBe(0);
  });

  test.each([0, 1])('only the class %i: NaN', (label) => {
    expect(auc([label, label], [0.2, 0.8])).toBeNaN();
  });
});

test.each<[string, number[], number[], string]>([
  ['dlrm/metric-length', [1, 0], [0.5], 'scores: must be as many as the 2 labels, got 1'],
  ['dlrm/metric-label', [1, 2], [0.5, 0.6], 'labels[1]: must be 0 or 1, got 2'],
  ['dlrm/metric-score', [1, 0], [Number.NaN, 0.2], 'scores[0]: must be a number, got NaN'],
])('auc refuses what would give a wrong number: %s', (code, labels, scores, words) => {
  expect(() => auc(labels, scores)).toThrow(refusal(code, words));
});

describe('binary metrics', () => {
  test('by hand', () => {
    const metrics = binaryMetrics([1, 0, 0, 1], [0.8, 0.4, 0.6, 0.5]);
    // To float64: sums of four terms.
    expect(metrics.logLoss).toBeCloseTo(-Math.log(0.8 * 0.6 * 0.4 * 0.5) / 4, 14);
    expect(metrics.baseRateLogLoss).toBeCloseTo(Math.LN2, 14);
    expect(metrics.normalizedEntropy).toBeCloseTo(metrics.logLoss / Math.LN2, 14);
    expect(metrics).toMatchObject({ rows: 4, positives: 2, accuracy: 0.75, auc: 0.75 });
    expect(metrics.calibration).toBeCloseTo(2.3 / 2, 14);
  });

  test('always predicting the base rate has normalised entropy 1 and calibration 1', () => {
    const metrics = binaryMetrics([1, 0, 0, 0], new Float64Array(4).fill(0.25));
    expect(metrics.normalizedEntropy).toBeCloseTo(1, 14);
    expect(metrics.calibration).toBeCloseTo(1, 14);
  });

  test('a certain mistake costs a finite amount', () => {
    expect(binaryMetrics([1, 0], [0, 1]).logLoss).toBeCloseTo(-Math.log(Number.EPSILON), 10);
  });

  test('one class: what compares with the other is NaN, the rest is not', () => {
    const none = binaryMetrics([0, 0], [0.1, 0.2]);
    expect(none).toMatchObject({ auc: Number.NaN, normalizedEntropy: Number.NaN, calibration: Number.NaN });
    expect(none).toMatchObject({ baseRateLogLoss: 0, accuracy: 1, positives: 0 });
    expect(binaryMetrics([1, 1], [0.5, 1]).calibration).toBe(0.75);
  });

  test.each<[string, number[], number[], string]>([
    ['dlrm/metric-length', [1, 0], [0.5], 'scores: must be as many as the 2 labels, got 1'],
    ['dlrm/metric-empty', [], [], 'labels: must not be empty, got 0'],
    ['dlrm/metric-label', [0, 0.5], [0.5, 0.5], 'labels[1]: must be 0 or 1, got 0.5'],
    ['dlrm/metric-score', [0, 1, 1], [0, 1, 1.1], 'scores[2]: must be a probability from 0 to 1, got 1.1'],
    ['dlrm/metric-score', [0], [Number.NaN], 'scores[0]: must be a probability from 0 to 1, got NaN'],
  ])('%s', (code, labels, scores, words) => {
    expect(() => binaryMetrics(labels, scores)).toThrow(refusal(code, words));
  });
});
