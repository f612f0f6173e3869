import { fillNormal, RandomStream } from '@ttrec/core';
import { auc } from '@ttrec/dlrm';
import { scipyStatistics } from '@ttrec/golden';
import { refusal } from '@ttrec/test-support';
import {
  aucRanks,
  blockedBootstrap,
  deLong,
  deLongOf,
  equivalence,
  holm,
  judge,
  normalCdf,
  pairedT,
  tCdf,
  tQuantile,
} from '@ttrec/training/statistics';
import { describe, expect, test, vi } from 'vitest';

const golden = scipyStatistics();
/** What must agree with SciPy to ten places, relative to numbers above 1. */
const close = (got: number, expected: number) =>
  expect(Math.abs(got - expected)).toBeLessThan(1e-10 * Math.max(1, Math.abs(expected)));

describe('agrees with SciPy to 1e-10', () => {
  test.each(golden.t)('t = $t with $df degrees of freedom', ({ t, df, cdf }) => close(tCdf(t, df), cdf));
  test.each(golden.quantiles)('quantile $p with $df', ({ p, df, t }) => close(tQuantile(p, df), t));
  test.each(golden.normal)('z = $z', ({ z, cdf }) => {
    close(normalCdf(z), cdf);
    expect(normalCdf(z) / cdf).toBeCloseTo(1, 10);
  });
  test.each(golden.tTests)('paired t of $differences.length', (expected) => {
    const mean = pairedT(expected.differences);
    close(mean.p, expected.p);
    close(mean.low, expected.low);
    close(mean.high, expected.high);
    close(equivalence(mean, expected.margin), expected.equivalence);
  });
  test('Holm', () => {
    holm(golden.holm.p).forEach((adjusted, i) => close(adjusted, golden.holm.adjusted[i]!));
  });
  test.each(golden.deLong)('DeLong on $labels.length rows', (expected) => {
    const { labels, first, second } = expected;
    const got = deLong(labels, first, second);
    close(got.auc[0], expected.auc[0]);
    close(got.auc[1], expected.auc[1]);
    close(got.standardError, expected.standardError);
    close(got.p, expected.p);
    close(got.difference, expected.auc[0] - expected.auc[1]);
  });
});

test('DeLong’s own example has the figures of the SAS/STAT manual', () => {
  const [, albumin, protein] = golden.deLong;
  const figures = [albumin!, protein!].map(({ labels, first, second }) => {
    const { auc: both, difference, standardError, p } = deLong(labels, first, second);
    return [...both, difference, standardError, p].map((each) => each.toFixed(4));
  });
  expect(figures).toEqual([
    ['0.7366', '0.7258', '0.0108', '0.0953', '0.9102'],
    ['0.6478', '0.7258', '-0.0780', '0.1046', '0.4561'],
  ]);
});

test('equal scores and constant differences have no error', () => {
  const labels = [0, 1, 0, 1];
  const scores = [1, 2, 3, 4];
  expect(deLong(labels, scores, scores)).toMatchObject({ difference: 0, standardError: 0, p: 1 });
  expect(pairedT([0, 0])).toMatchObject({ mean: 0, p: 1 });
  expect(pairedT([2, 2])).toMatchObject({ mean: 2, p: 0, low: 2, high: 2 });
  expect(equivalence(pairedT([2, 2]), 1)).toBe(1);
});

test('DeLong takes time and memory that grow with n log n: 200,000 rows with ties, in the AUC that counts pairs', () => {
  const { labels, scores } = madeUpRows(200_000, { effects: [0.5, 0.6], seed: 3, places: 3 });
  const got = deLong(labels, ...scores);
  expect(got.auc[0]).toBeCloseTo(auc(labels, scores[0]), 10);
  expect(got.auc[1]).toBeCloseTo(auc(labels, scores[1]), 10);
});

test('ranks are made with one sort, and compared with none', () => {
  const sort = vi.spyOn(Float64Array.prototype, 'sort');
  try {
    const { labels, scores } = madeUpRows(300, { effects: [0.5, 0.6], seed: 4, places: 1 });
    const weights = Float32Array.from(labels, (_, row) => row % 3);
    const [first, second] = scores.map((each) => aucRanks(labels, each, weights));
    expect(sort).toHaveBeenCalledTimes(2);
    const got = deLongOf(first!, second!);
    expect(sort).toHaveBeenCalledTimes(2);
    expect(got).toEqual(deLong(labels, ...scores, weights));
  } finally {
    sort.mockRestore();
  }
});

describe('on made-up rows', () => {
  const runs = 400;
  const rejected = (effects: [number, number]) => {
    let count = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { labels, scores } = madeUpRows(300, { effects, seed });
      if (deLong(labels, ...scores).p < 0.05) count++;
    }
    return count / runs;
  };

  test('DeLong rejects equal AUCs at 5 %', () => {
    // Of 400 draws at 5 %, 3 standard deviations are 3.3 %.
    expect(rejected([1, 1])).toBeLessThan(0.083);
    expect(rejected([1, 1])).toBeGreaterThan(0.017);
  });

  test('and has a power of more than 90 % for AUCs of .76 and .86', () => {
    expect(rejected([1, 1.5])).toBeGreaterThan(0.9);
  });

  test('the blocked bootstrap agrees with DeLong where rows are independent, and widens where blocks repeat rows', () => {
    const { labels, scores } = madeUpRows(1000, { effects: [1, 1.2], seed: 5 });
    const expected = deLong(labels, ...scores);
    const own = Array.from(labels, (_, i) => i);
    const rows = blockedBootstrap(labels, scores, { blocks: own });
    expect(rows.difference).toBeCloseTo(expected.difference, 12);
    // 1,000 resamples know a standard deviation to 2.2 %; three of those, and the bootstrap's own bias.
    expect(rows.standardError / expected.standardError).toBeGreaterThan(0.9);
    expect(rows.standardError / expected.standardError).toBeLessThan(1.1);
    const thrice = <T>(values: ArrayLike<T>) => [0, 1, 2].flatMap(() => Array.from(values));
    const repeated = blockedBootstrap(thrice(labels), [thrice(scores[0]), thrice(scores[1])], {
      blocks: thrice(own),
    });
    expect(repeated.standardError).toBeCloseTo(rows.standardError, 10);
  });
});

describe('verdicts on made-up arms', () => {
  /** 200 comparisons of ten arms with the first, five seeds each. */
  const judged = (differences: readonly number[], deviation: number) => {
    const stream = new RandomStream(9, 'arms');
    return Array.from({ length: 200 }, () =>
      judge(differences.map((difference) => [...normals(5, stream, difference, deviation)])),
    );
  };
  const share = (all: readonly (readonly { readonly verdict: string }[])[], word: string) =>
    all.flat().filter(({ verdict }) => verdict === word).length / all.flat().length;

  test('arms without a difference: any false "better" or "worse" in at most 5 % of the comparisons', () => {
    for (const deviation of [0.0005, 0.002, 0.01]) {
      const all = judged(new Array(10).fill(0) as number[], deviation);
      const wrong = all.filter((each) =>
        each.some(({ verdict }) => verdict === 'better' || verdict === 'worse'),
      );
      expect(wrong.length / all.length).toBeLessThanOrEqual(0.05);
    }
  });

  test('power: four standard deviations with five seeds are seen in 95 % of single comparisons, in 60 % among ten', () => {
    expect(share(judged([0.004], 0.001), 'better')).toBeGreaterThan(0.95);
    expect(share(judged([-0.004], 0.001), 'worse')).toBeGreaterThan(0.95);
    expect(share(judged(new Array(10).fill(0.004) as number[], 0.001), 'better')).toBeGreaterThan(0.6);
  });

  test('a difference below the margin is never better, and similar where seeds agree', () => {
    const small = judged([0.0003], 0.0001);
    expect(share(small, 'better')).toBe(0);
    expect(share(small, 'similar')).toBeGreaterThan(0.95);
    expect(share(judged([0.0003], 0.005), 'similar')).toBeLessThan(0.05);
  });

  test('two clear arms and one in doubt', () => {
    const verdicts = judge([
      [0.01, 0.0102, 0.0099, 0.0101, 0.01],
      [-0.01, -0.0102, -0.0099, -0.0101, -0.01],
      [0.0001, -0.0001, 0, 0.0001, -0.0001],
      [0.01, -0.01, 0.02, -0.02, 0.003],
    ]).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['better', 'worse', 'similar', 'undecided']);
  });
});

test('what is no statistic is refused', () => {
  expect(() => tCdf(1, 1.5)).toThrow(
    refusal('training/bad-statistics', 'must be an integer from 1, got 1.5'),
  );
  expect(() => tQuantile(1, 3)).toThrow(refusal('training/bad-statistics', 'must be between 0 and 1, got 1'));
  expect(() => pairedT([1])).toThrow(refusal('training/bad-statistics', 'at least two finite numbers'));
  expect(() => pairedT([1, NaN])).toThrow(refusal('training/bad-statistics', 'at least two finite numbers'));
  expect(() => pairedT([1, 2], 95)).toThrow(refusal('training/bad-statistics', 'must be between 0 and 1'));
  expect(() => equivalence(pairedT([1, 2]), 0)).toThrow(
    refusal('training/bad-statistics', 'must be above 0'),
  );
  expect(() => deLong([0, 1], [1], [1])).toThrow(refusal('training/bad-statistics', 'each of the 2 labels'));
  expect(() => deLong([0, 1], [1, 2], [1, 2])).toThrow(
    refusal('training/bad-statistics', 'at least two of each'),
  );
  expect(() =>
    blockedBootstrap(
      [1, 1],
      [
        [1, 2],
        [1, 2],
      ],
      { blocks: [0, 1] },
    ),
  ).toThrow(refusal('training/bad-statistics', 'some of each'));
});

/** Two scores of the same rows: `effects` are how far positives are above negatives, in standard deviations. */
function madeUpRows(
  rows: number,
  {
    effects,
    seed,
    places,
  }: { readonly effects: readonly [number, number]; readonly seed: number; readonly places?: number },
): { labels: number[]; scores: [number[], number[]] } {
  const stream = new RandomStream(seed, 'rows');
  const labels: number[] = [];
  const scores: [number[], number[]] = [[], []];
  const [shared, ...others] = [0, 1, 2].map(() => normals(rows, stream));
  for (let row = 0; row < rows; row++) {
    const label = stream.nextInteger(2);
    labels.push(label);
    scores.forEach((own, s) => {
      const score = effects[s]! * label + Math.SQRT1_2 * (shared![row]! + others[s]![row]!);
      own.push(places === undefined ? score : Number(score.toFixed(places)));
    });
  }
  return { labels, scores };
}

function normals(count: number, stream: RandomStream, mean = 0, deviation = 1): Float64Array {
  const out = new Float64Array(count);
  fillNormal(out, stream, mean, deviation);
  return out;
}

describe('DeLong with weights', () => {
  const [sample] = golden.deLong as [(typeof golden.deLong)[number]];
  const { labels, first, second } = sample;

  test('counts by their ratios, and leaves out rows of weight 0', () => {
    const plain = deLong(labels, first, second);
    const equal = deLong(labels, first, second, new Float32Array(labels.length).fill(3));
    for (const name of ['difference', 'standardError', 'p'] as const) close(equal[name], plain[name]);
    const more = <Item>(values: readonly Item[], ...added: Item[]) => [...values, ...added];
    const weights = more(new Array<number>(labels.length).fill(1), 0, 0);
    const got = deLong(more(labels, 0, 1), more(first, 9, -9), more(second, -9, 9), weights);
    close(got.difference, plain.difference);
    close(got.standardError, plain.standardError);
  });

  test('AUCs are those of weighted pairs, and the error is that of the jackknife', () => {
    const weights = labels.map((_, i) => 0.5 + (i % 3));
    const got = deLong(labels, first, second, weights);
    close(got.auc[0], auc(labels, first, weights));
    close(got.auc[1], auc(labels, second, weights));
    // Leaving out one row at a time, in each class: the same to terms of 1/n.
    const without = <Item>(values: readonly Item[], row: number) => values.filter((_, i) => i !== row);
    const differences = labels.map((_, row) => {
      const [own, weight] = [without(labels, row), without(weights, row)];
      return auc(own, without(first, row), weight) - auc(own, without(second, row), weight);
    });
    const variance = [0, 1].reduce((sum, label) => {
      const own = differences.filter((_, row) => labels[row] === label);
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      return sum + ((own.length - 1) / own.length) * own.reduce((a, b) => a + (b - mean) ** 2, 0);
    }, 0);
    expect(got.standardError / Math.sqrt(variance)).toBeCloseTo(1, 1);
  });
});
