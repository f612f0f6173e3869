import { error } from '../error.ts';
import { requireNumbers } from './check-labelled-scores.ts';

/** The probability behind a logit. */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** The sigmoid of each logit, in float64. @throws `dlrm/metric-length` for what is not a list, `dlrm/metric-score` */
export function probabilities(logits: ArrayLike<number>): Float64Array {
  requireNumbers('logits', logits);
  const chances = new Float64Array(logits.length);
  for (let i = 0; i < chances.length; i++) {
    if (typeof logits[i] !== 'number') {
      throw error('metric-score', { subject: `logits[${i}]`, rule: 'must be a number', got: logits[i] });
    }
    chances[i] = sigmoid(logits[i]!);
  }
  return chances;
}
