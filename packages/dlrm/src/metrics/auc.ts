import { checkLabelledScores, type ScoreRule } from './check-labelled-scores.ts';

const anyNumber: ScoreRule = { rule: 'must be a number', holds: (score) => !Number.isNaN(score) };

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, a tie counting one half. Exact.
 * Mann and Whitney 1947; O(n log n). NaN if a class is missing: there is no pair then.
 *
 * @param labels [n], 0 or 1
 * @param scores [n], any numbers; larger means more likely positive
 * @throws `dlrm/metric-length`, `dlrm/metric-label`, `dlrm/metric-score`
 */
export function auc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  checkLabelledScores(labels, scores, anyNumber);
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

function sortedScores(labels: ArrayLike<number>, scores: ArrayLike<number>, label: 0 | 1): Float64Array {
  const own: number[] = [];
  for (let i = 0; i < scores.length; i++) if (labels[i] === label) own.push(scores[i]!);
  return Float64Array.from(own).sort();
}
