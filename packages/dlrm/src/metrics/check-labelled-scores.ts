import { counted, typeName } from '@ttrec/core';
import { error } from '../error.ts';

/** What a metric takes for a score. */
export interface ScoreRule {
  readonly rule: string;
  readonly holds: (score: number) => boolean;
}

/**
 * Checks that there are as many labels as scores, that labels are 0 or 1, and that scores keep the rule.
 * @throws `dlrm/metric-length`, `dlrm/metric-label`, `dlrm/metric-score`
 */
export function checkLabelledScores(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  { rule, holds }: ScoreRule,
): void {
  requireNumbers('labels', labels);
  requireNumbers('scores', scores);
  if (labels.length !== scores.length) {
    throw error('metric-length', {
      subject: 'scores',
      rule: `must be as many as the ${counted(labels.length, 'label')}`,
      got: scores.length,
    });
  }
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0 && labels[i] !== 1) {
      throw error('metric-label', { subject: `labels[${i}]`, rule: 'must be 0 or 1', got: labels[i] });
    }
    if (typeof scores[i] !== 'number' || !holds(scores[i]!))
      throw error('metric-score', { subject: `scores[${i}]`, rule, got: scores[i] });
  }
}

/** @throws `dlrm/metric-length` */
export function requireNumbers(subject: string, list: ArrayLike<number>): void {
  if (Array.isArray(list) || ArrayBuffer.isView(list)) return;
  throw error('metric-length', { subject, rule: 'must be a list of numbers', got: typeName(list) });
}

/** Weights are finite, from 0, and not all 0. @throws `dlrm/metric-length`, `dlrm/metric-weight` */
export function checkRowWeights(rows: number, weights: ArrayLike<number> | undefined): void {
  if (weights === undefined) return;
  requireNumbers('weights', weights);
  if (weights.length !== rows) {
    const rule = `must be as many as the ${counted(rows, 'label')}`;
    throw error('metric-length', { subject: 'weights', rule, got: weights.length });
  }
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const weight = weights[i]!;
    total += weight;
    if (Number.isFinite(weight) && weight >= 0) continue;
    throw error('metric-weight', {
      subject: `weights[${i}]`,
      rule: 'must be a finite number from 0',
      got: weight,
    });
  }
  if (total > 0) return;
  throw error('metric-weight', { subject: 'weights', rule: 'must not all be 0', got: total });
}
