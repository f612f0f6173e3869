import { probabilityMetrics, rankingMetrics } from '@ttrec/dlrm';
import { sklearnRanking } from '@ttrec/golden';
import { refusal } from '@ttrec/test-support';
import { expect, test } from 'vitest';

const [golden] = sklearnRanking();
const { labels, scores, weights, groups, k, ...want } = golden!;
/** Sums of 400 float64 terms in another order. */
const close = (value: number) => expect.closeTo(value, 12) as number;

test('average precision, Brier score and calibration are those of scikit-learn, weighted or not', () => {
  const plain = probabilityMetrics(labels, scores, { bins: want.bins.count });
  expect(plain).toMatchObject({ averagePrecision: close(want.averagePrecision), brier: close(want.brier) });
  expect(plain.calibrationBins.map(({ rate }) => rate)).toEqual(want.bins.rate.map(close));
  expect(plain.calibrationBins.map(({ meanPrediction }) => meanPrediction)).toEqual(
    want.bins.predicted.map(close),
  );
  expect(plain.calibrationBins.reduce((sum, { weight }) => sum + weight, 0)).toBe(labels.length);
  expect(probabilityMetrics(labels, scores, { weights })).toMatchObject({
    averagePrecision: close(want.weightedAveragePrecision),
    brier: close(want.weightedBrier),
  });
});

test('a weight of 2 is a row that comes twice', () => {
  const twice = (values: readonly number[]) => [...values, ...values.slice(0, 50)];
  const weighted = labels.map((_, i) => (i < 50 ? 2 : 1));
  const { calibrationBins, ...rest } = probabilityMetrics(twice(labels), twice(scores));
  const got = probabilityMetrics(labels, scores, { weights: weighted });
  expect(got.averagePrecision).toBeCloseTo(rest.averagePrecision, 12);
  expect(got.brier).toBeCloseTo(rest.brier, 12);
  expect(got.calibrationBins.map(({ weight }) => weight)).toEqual(
    calibrationBins.map(({ weight }) => weight),
  );
});

test('GAUC and NDCG are those of scikit-learn by group, ties included', () => {
  const got = rankingMetrics(labels, scores, groups, { k });
  expect(got).toMatchObject({ gauc: close(want.gauc), ndcg: close(want.ndcg) });
});

test('reciprocal ranks and recall, written out by hand', () => {
  // Group 1: a positive in second place of three. Group 2: one of two tied with a negative. Group 3 has no positive.
  const rows = [
    [1, 0, 0.9],
    [1, 1, 0.8],
    [1, 0, 0.1],
    [2, 1, 0.5],
    [2, 0, 0.5],
    [2, 1, 0.2],
    [3, 0, 0.7],
  ] as const;
  const column = (at: 0 | 1 | 2) => rows.map((row) => row[at]);
  const at = (first: number) => rankingMetrics(column(1), column(2), column(0), { k: first });
  expect(at(1)).toMatchObject({ groups: 2, mrr: 1 / 2, recall: (0 + 0.25) / 2 });
  expect(at(3)).toMatchObject({ recall: 1, mrr: 1 / 2 });
  // One pair won and one lost in the first; one half and nothing of two pairs in the second; three rows each.
  expect(at(1).gauc).toBeCloseTo((1 / 2 + 1 / 4) / 2, 12);
});

test('what cannot be measured is refused, or has no number', () => {
  expect(() => probabilityMetrics([1], [0.5], { weights: [-1] })).toThrow(
    refusal('dlrm/metric-weight', 'weights[0]: must be a finite number from 0, got -1'),
  );
  expect(() => probabilityMetrics([1, 0], [0.5, 0.5], { weights: [0, 0] })).toThrow(
    refusal('dlrm/metric-weight', 'weights: must not all be 0'),
  );
  expect(() => probabilityMetrics([1], [0.5], { weights: [] })).toThrow(
    refusal('dlrm/metric-length', 'must be as many'),
  );
  expect(() => probabilityMetrics([1], [0.5], { bins: 0 })).toThrow(
    refusal('dlrm/metric-bins', 'from 1, got 0'),
  );
  expect(() => rankingMetrics([1], [0.5], [1, 2])).toThrow(
    refusal('dlrm/metric-length', 'groups: must be as many'),
  );
  expect(() => rankingMetrics([1], [0.5], [1], { k: 0 })).toThrow(refusal('dlrm/metric-k', 'from 1, got 0'));
  expect(probabilityMetrics([0], [0.5]).averagePrecision).toBeNaN();
  expect(rankingMetrics([0, 0], [1, 2], [1, 1])).toMatchObject({ groups: 0, gauc: NaN, ndcg: NaN });
});
