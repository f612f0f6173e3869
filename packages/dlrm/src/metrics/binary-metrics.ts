import { error } from '../error.ts';
import { auc } from './auc.ts';
import { checkLabelledScores, type ScoreRule } from './check-labelled-scores.ts';

/** What a binary classifier is judged by. */
export interface BinaryMetrics {
  readonly rows: number;
  readonly positives: number;
  /** Mean negative log-likelihood, in nats. */
  readonly logLoss: number;
  /** The log-loss of always predicting the share of positives in these rows. */
  readonly baseRateLogLoss: number;
  /** Exact, ties counting one half; NaN when a class is missing. */
  readonly auc: number;
  /** Share of rows on the right side of 0.5. */
  readonly accuracy: number;
  /** logLoss / baseRateLogLoss: below 1 is better than the base rate. He et al., ADKDD 2014. NaN when a class is missing. */
  readonly normalizedEntropy: number;
  /** Sum of scores / sum of labels: 1 is calibrated. NaN without positives. */
  readonly calibration: number;
}

/** Keeps the logarithm finite for a score of exactly 0 or 1, as scikit-learn does. */
const SMALLEST = Number.EPSILON;

const probability: ScoreRule = {
  rule: 'must be a probability from 0 to 1',
  holds: (score) => score >= 0 && score <= 1,
};

/**
 * Metrics of predicted probabilities, in float64.
 *
 * @param labels [n], 0 or 1
 * @param scores [n], probabilities
 * @throws `dlrm/metric-length`, `dlrm/metric-empty`, `dlrm/metric-label`, `dlrm/metric-score`
 */
export function binaryMetrics(labels: ArrayLike<number>, scores: ArrayLike<number>): BinaryMetrics {
  checkLabelledScores(labels, scores, probability);
  if (labels.length === 0) {
    throw error('metric-empty', { subject: 'labels', rule: 'must not be empty', got: 0 });
  }
  const rows = labels.length;
  let loss = 0;
  let right = 0;
  let positives = 0;
  let scoreSum = 0;
  for (let i = 0; i < rows; i++) {
    const positive = labels[i] === 1;
    const score = scores[i]!;
    loss -= Math.log(Math.max(SMALLEST, positive ? score : 1 - score));
    if (score >= 0.5 === positive) right++;
    if (positive) positives++;
    scoreSum += score;
  }
  const baseRateLogLoss = entropy(positives / rows);
  return {
    rows,
    positives,
    logLoss: loss / rows,
    baseRateLogLoss,
    auc: auc(labels, scores),
    accuracy: right / rows,
    normalizedEntropy: baseRateLogLoss === 0 ? Number.NaN : loss / rows / baseRateLogLoss,
    calibration: positives === 0 ? Number.NaN : scoreSum / positives,
  };
}

/** Entropy of a coin, in nats. */
function entropy(rate: number): number {
  if (rate === 0 || rate === 1) return 0;
  return -(rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate));
}
