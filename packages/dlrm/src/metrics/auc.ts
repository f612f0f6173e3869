import { checkLabelledScores, checkRowWeights, type ScoreRule } from './check-labelled-scores.ts';

const anyNumber: ScoreRule = { rule: 'must be a number', holds: (score) => !Number.isNaN(score) };

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, a tie counting one half. Exact.
 * Mann and Whitney 1947; O(n log n). NaN if a class is missing: there is no pair then. A pair counts by the product of its weights.
 *
 * @param labels [n], 0 or 1
 * @param scores [n], any numbers; larger means more likely positive
 * @param weights [n], finite and from 0; 1 each by default
 * @throws `dlrm/metric-length`, `dlrm/metric-label`, `dlrm/metric-score`, `dlrm/metric-weight`
 */
export function auc(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  checkLabelledScores(labels, scores, anyNumber);
  if (weights) {
    checkRowWeights(labels.length, weights);
    return weightedAuc(labels, scores, weights);
  }
  const positives = sortedScores(labels, scores, 1);
  const negatives = sortedScores(labels, scores, 0);
  let below = 0;
  let notAbove = 0;
  let wins = 0;
  for (const score of positives) {
    while (below < negatives.length && negatives[below]! < score) below++;
    notAbove = Math.max(notAbove, below);
    while (notAbove < negatives.length && negatives[notAbove]! <= score) notAbove++;
    wins += (below + notAbove) / 2;
  }
  return wins / (positives.length * negatives.length);
}

/** NaN if a class has no weight. */
function weightedAuc(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: ArrayLike<number>,
): number {
  const order = Uint32Array.from({ length: labels.length }, (_, i) => i).sort(
    (a, b) => scores[a]! - scores[b]!,
  );
  let [positives, negatives, wins] = [0, 0, 0];
  for (let at = 0; at < order.length;) {
    const score = scores[order[at]!];
    let [above, tied] = [0, 0];
    for (; at < order.length && scores[order[at]!] === score; at++) {
      const row = order[at]!;
      if (labels[row] === 1) above += weights[row]!;
      else tied += weights[row]!;
    }
    wins += above * (negatives + tied / 2);
    positives += above;
    negatives += tied;
  }
  return wins / (positives * negatives);
}

function sortedScores(labels: ArrayLike<number>, scores: ArrayLike<number>, label: 0 | 1): Float64Array {
  const own: number[] = [];
  for (let i = 0; i < scores.length; i++) if (labels[i] === label) own.push(scores[i]!);
  return Float64Array.from(own).sort();
}
