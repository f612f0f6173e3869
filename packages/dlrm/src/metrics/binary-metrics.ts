import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { auc } from './auc.ts';
import { checkLabelledScores, checkRowWeights, type ScoreRule } from './check-labelled-scores.ts';
import { sigmoid } from './probabilities.ts';

/** What a binary classifier is judged by. Where rows have weights, all but the first two are by weight: a row of weight 2 counts as two. */
export interface BinaryMetrics {
  readonly rows: number;
  readonly positives: number;
  /** The sum of the weights, where rows have them. */
  readonly weight?: number;
  /** Mean negative log-likelihood, in nats. */
  readonly logLoss: number;
  /** The log-loss of always predicting the share of positives in these rows. */
  readonly baseRateLogLoss: number;
  /** Exact, ties counting one half; NaN when a class is missing. */
  readonly auc: number;
  /** Share of rows on the right side of one half. */
  readonly accuracy: number;
  /** logLoss / baseRateLogLoss: below 1 is better than the base rate. He et al., ADKDD 2014. NaN when a class is missing. */
  readonly normalizedEntropy: number;
  /** Sum of probabilities / sum of labels: 1 is calibrated. NaN without positives. */
  readonly calibration: number;
}

export interface BinaryMetricsOptions {
  /**
   * Whether scores are logits; false by default, for probabilities. A logit past 37 rounds to a probability of 1 in float64,
   * and rows that the logits rank then tie, so pass logits where you have them.
   */
  readonly fromLogits?: boolean;
  /** [n] Weights of the rows, finite and from 0; 1 each by default. */
  readonly weights?: ArrayLike<number> | undefined;
}

/** What the sums of the metrics need of a score. */
interface Scale extends ScoreRule {
  /** Negative log-likelihood of a label, in nats. */
  readonly loss: (score: number, positive: boolean) => number;
  readonly isPositive: (score: number) => boolean;
  readonly probability: (score: number) => number;
}

/** Keeps the logarithm finite for a probability of exactly 0 or 1, as scikit-learn does. */
const SMALLEST = Number.EPSILON;

const probabilityScale: Scale = {
  rule: 'must be a probability from 0 to 1',
  holds: (score) => score >= 0 && score <= 1,
  loss: (score, positive) => -Math.log(Math.max(SMALLEST, positive ? score : 1 - score)),
  isPositive: (score) => score >= 0.5,
  probability: (score) => score,
};

const logitScale: Scale = {
  rule: 'must be a number',
  holds: (score) => !Number.isNaN(score),
  loss: (score, positive) => softplus(positive ? -score : score),
  isPositive: (score) => score >= 0,
  probability: sigmoid,
};

/**
 * Metrics of predicted probabilities, or of their logits, in float64.
 *
 * @param labels [n], 0 or 1
 * @param scores [n], probabilities or logits
 * @throws `dlrm/metric-length`, `dlrm/metric-empty`, `dlrm/metric-label`, `dlrm/metric-score`, `dlrm/metric-weight`,
 *   `dlrm/unknown-option`
 */
export function binaryMetrics(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: BinaryMetricsOptions = {},
): BinaryMetrics {
  checkOptions(error, 'binaryMetrics', options, { fromLogits: 'boolean', weights: 'any' });
  const scale = options.fromLogits === true ? logitScale : probabilityScale;
  checkLabelledScores(labels, scores, scale);
  if (labels.length === 0) {
    throw error('metric-empty', { subject: 'labels', rule: 'must not be empty', got: 0 });
  }
  const rows = labels.length;
  const { weights } = options;
  checkRowWeights(rows, weights);
  let loss = 0;
  let right = 0;
  let positives = 0;
  let total = 0;
  let positiveWeight = 0;
  let probabilitySum = 0;
  for (let i = 0; i < rows; i++) {
    const positive = labels[i] === 1;
    const score = scores[i]!;
    const weight = weights?.[i] ?? 1;
    total += weight;
    loss += weight * scale.loss(score, positive);
    if (scale.isPositive(score) === positive) right += weight;
    if (positive) {
      positives++;
      positiveWeight += weight;
    }
    probabilitySum += weight * scale.probability(score);
  }
  const baseRateLogLoss = entropy(positiveWeight / total);
  return {
    rows,
    positives,
    ...(weights && { weight: total }),
    logLoss: loss / total,
    baseRateLogLoss,
    auc: auc(labels, scores, weights),
    accuracy: right / total,
    normalizedEntropy: baseRateLogLoss === 0 ? Number.NaN : loss / total / baseRateLogLoss,
    calibration: positiveWeight === 0 ? Number.NaN : probabilitySum / positiveWeight,
  };
}

/** log(1 + exp(x)) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Entropy of a coin, in nats. */
function entropy(rate: number): number {
  if (rate === 0 || rate === 1) return 0;
  return -(rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate));
}
