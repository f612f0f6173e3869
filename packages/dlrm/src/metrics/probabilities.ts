import { error } from '../error.ts';
import { exponential } from './exponential.ts';
import { requireNumbers } from './check-labelled-scores.ts';

/** The probability behind a logit, the same bits in every JavaScript engine. */
export function sigmoid(logit: number): number {
  return 1 / (1 + exponential(-logit));
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
