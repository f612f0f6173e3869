import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { checkLabelledScores, checkRowWeights, type ScoreRule } from './check-labelled-scores.ts';

/** How good predicted probabilities are, beside what `binaryMetrics` says. */
export interface ProbabilityMetrics {
  /** Precision over recall, one step a distinct score, as scikit-learn defines it; NaN without positives. */
  readonly averagePrecision: number;
  /** Mean squared difference between probability and label. */
  readonly brier: number;
  /** Bins of equal width; those without rows are left out. */
  readonly calibrationBins: readonly CalibrationBin[];
}

export interface CalibrationBin {
  /** Sum of the weights of its rows. */
  readonly weight: number;
  readonly meanPrediction: number;
  /** Share of positives. */
  readonly rate: number;
}

export interface ProbabilityMetricsOptions {
  /** [n] Weight of each row; 1 by default. */
  readonly weights?: ArrayLike<number> | undefined;
  /** Bins of [0, 1]; 10 by default. */
  readonly bins?: number | undefined;
}

const probability: ScoreRule = {
  rule: 'must be a probability from 0 to 1',
  holds: (score) => score >= 0 && score <= 1,
};

/**
 * Average precision, Brier score and calibration by bins, in float64. O(n log n).
 *
 * @param labels [n], 0 or 1
 * @param scores [n], probabilities
 * @throws `dlrm/metric-length`, `dlrm/metric-empty`, `dlrm/metric-label`, `dlrm/metric-score`, `dlrm/metric-weight`, `dlrm/unknown-option`
 */
export function probabilityMetrics(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: ProbabilityMetricsOptions = {},
): ProbabilityMetrics {
  checkOptions(error, 'probabilityMetrics', options, { weights: 'any', bins: 'any' });
  const { weights, bins = 10 } = options;
  checkLabelledScores(labels, scores, probability);
  if (labels.length === 0)
    throw error('metric-empty', { subject: 'labels', rule: 'must not be empty', got: 0 });
  checkRowWeights(labels.length, weights);
  if (!Number.isInteger(bins) || bins < 1) {
    throw error('metric-bins', { subject: 'bins', rule: 'must be an integer from 1', got: bins });
  }
  const weightOf = (i: number) => weights?.[i] ?? 1;
  let squares = 0;
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    squares += weightOf(i) * (scores[i]! - labels[i]!) ** 2;
    total += weightOf(i);
  }
  return {
    averagePrecision: averagePrecision(labels, scores, weightOf),
    brier: squares / total,
    calibrationBins: calibrationBins(labels, scores, weightOf, bins),
  };
}

function averagePrecision(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  weightOf: (row: number) => number,
): number {
  const order = Uint32Array.from({ length: labels.length }, (_, i) => i).sort(
    (a, b) => scores[b]! - scores[a]!,
  );
  let [seen, found, sum] = [0, 0, 0];
  for (let at = 0; at < order.length;) {
    const score = scores[order[at]!];
    const before = found;
    for (; at < order.length && scores[order[at]!] === score; at++) {
      const row = order[at]!;
      seen += weightOf(row);
      found += weightOf(row) * labels[row]!;
    }
    if (seen > 0) sum += ((found - before) * found) / seen;
  }
  return found === 0 ? Number.NaN : sum / found;
}

function calibrationBins(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  weightOf: (row: number) => number,
  bins: number,
): CalibrationBin[] {
  const sums = Array.from({ length: bins }, () => ({ weight: 0, predicted: 0, positive: 0 }));
  for (let i = 0; i < labels.length; i++) {
    let bin = 0;
    // A score on an edge belongs to the bin below.
    while (bin < bins - 1 && scores[i]! > (bin + 1) / bins) bin++;
    const sum = sums[bin]!;
    sum.weight += weightOf(i);
    sum.predicted += weightOf(i) * scores[i]!;
    sum.positive += weightOf(i) * labels[i]!;
  }
  return sums
    .filter(({ weight }) => weight > 0)
    .map(({ weight, predicted, positive }) => {
      return { weight, meanPrediction: predicted / weight, rate: positive / weight };
    });
}
