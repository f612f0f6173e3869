import { auc, binaryMetrics } from '@ttrec/dlrm';
import { goldenCases } from '@ttrec/golden';
import { describe, expect, test } from 'vitest';

/** scikit-learn, with scores rounded so that ties occur. */
interface GoldenMetrics {
  readonly labels: number[];
  readonly scores: number[];
  readonly auc: number;
  readonly logLoss: number;
  readonly normalizedEntropy: number;
  readonly accuracy: number;
  readonly calibration: number;
}

describe.each(goldenCases<GoldenMetrics>('metrics'))(
  'metrics of $labels.length rows',
  ({ labels, scores, ...expected }) => {
    const metrics = binaryMetrics(labels, scores);
    // Sums of up to 5,000 float64 terms in another order: a few hundred units in the last place.
    test.each(['auc', 'logLoss', 'normalizedEntropy', 'accuracy', 'calibration'] as const)('%s', (name) => {
      expect(Math.abs(metrics[name] - expected[name]) / expected[name]).toBeLessThan(1e-12);
    });

    test('AUC does not depend on the order of the rows', () => {
      expect(auc(labels.toReversed(), scores.toReversed())).toBe(metrics.auc);
    });
  },
);
