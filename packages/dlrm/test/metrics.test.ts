import { createCpuBackend } from '@ttrec/backend-cpu';
import { auc, binaryMetrics, Dlrm, probabilities } from '@ttrec/dlrm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

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

  test.each([[{ fromLogit: true }], [{ fromlogits: true }]])(
    'an unknown option is rejected: %j',
    (options: object) => {
      expect(() => binaryMetrics([1], [0.5], options)).toThrow(
        refusal('dlrm/unknown-option', 'binaryMetrics: takes only fromLogits', 'Did you mean "fromLogits"?'),
      );
    },
  );

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

describe('metrics from logits', () => {
  const fromLogits = { fromLogits: true };

  test('rank rows whose probabilities all round to 1, and to 0', () => {
    const labels = [0, 0, 1, 1];
    for (const logits of [
      [40, 50, 60, 70],
      [-70, -60, -50, -40],
      [-800, -760, 760, 800],
    ]) {
      expect(binaryMetrics(labels, logits, fromLogits)).toMatchObject({ auc: 1 });
      expect(auc(labels, logits)).toBe(1);
    }
    expect(binaryMetrics(labels, probabilities([40, 50, 60, 70])).auc).toBe(0.5);
  });

  test('price a certain mistake by its logit: no loss is cut off where the probability rounds', () => {
    // log(1 + exp(-z)) is below half a unit in the last place of z.
    expect(binaryMetrics([1, 0], [-100, 700], fromLogits).logLoss).toBe(400);
    expect(binaryMetrics([1, 0], [-Infinity, 1], fromLogits).logLoss).toBe(Infinity);
    expect(binaryMetrics([1, 0], [50, -50], fromLogits).logLoss).toBeCloseTo(Math.exp(-50), 35);
  });

  test('a logit of 0 counts as positive, as a probability of one half does', () => {
    const logits = binaryMetrics([1, 0], [0, 0], fromLogits);
    expect(logits).toEqual(binaryMetrics([1, 0], [0.5, 0.5]));
  });

  test('are those of the probabilities where these round little', () => {
    const row = fc.tuple(fc.constantFrom(0, 1), fc.double({ min: -20, max: 20, noNaN: true }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const labels = rows.map(([label]) => label);
        const logits = rows.map(([, logit]) => logit);
        const of = binaryMetrics(labels, logits, fromLogits);
        const expected = binaryMetrics(labels, probabilities(logits));
        expect(of).toMatchObject({ rows: expected.rows, positives: expected.positives });
        // 1 - p of a logit of 20 has a relative error of 2^-53 e^20 = 5e-8, and so has the logarithm an absolute one.
        expect(Math.abs(of.logLoss - expected.logLoss)).toBeLessThan(1e-7);
        expect(of.calibration).toEqual(expected.calibration);
      }),
    );
  });

  test('keep the order of the rows whatever they are scaled by', () => {
    const row = fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: -9, max: 9 }));
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: -1000, max: 1000 }),
        (rows, exponent) => {
          const labels = rows.map(([label]) => label);
          const scores = rows.map(([, score]) => score);
          const scaled = scores.map((score) => score * 2 ** exponent);
          expect(binaryMetrics(labels, scaled, fromLogits).auc).toBe(pairwiseAuc(labels, scores));
        },
      ),
    );
  });

  test('reject NaN', () => {
    expect(() => binaryMetrics([1], [Number.NaN], fromLogits)).toThrow(
      refusal('dlrm/metric-score', 'scores[0]: must be a number, got NaN'),
    );
  });
});

test('a model whose probabilities all round to 1 still ranks its rows by logits', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({
    backend,
    denseFeatures: 0,
    embeddingDim: 1,
    tables: [{ name: 'ids', numEmbeddings: 4, config: { kind: 'dense' } }],
    bottomMlp: [],
    topMlp: [],
    interaction: { kind: 'cat' },
    optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
    seed: 0,
  });
  const [weight, , rows] = model.parameters;
  backend.write(weight!.weights, Float32Array.of(1));
  backend.write(rows!.weights, Float32Array.of(40, 50, 60, 70));
  const ids = { indices: Uint32Array.of(0, 1, 2, 3), offsets: Uint32Array.of(0, 1, 2, 3, 4) };
  const batch = { size: 4, dense: new Float32Array(0), features: [ids] };
  expect(await model.predict(batch)).toEqual(Float64Array.of(1, 1, 1, 1));
  const logits = await model.predict(batch, { output: 'logits' });
  expect(logits).toEqual(Float64Array.of(40, 50, 60, 70));
  expect(binaryMetrics([0, 0, 1, 1], logits, { fromLogits: true }).auc).toBe(1);
  await expect(model.predict(batch, { output: 'logit' as 'logits' })).rejects.toThrow(
    refusal(
      'dlrm/bad-option',
      'predict, output: must be one of probabilities, logits',
      'Did you mean "logits"?',
    ),
  );
});
