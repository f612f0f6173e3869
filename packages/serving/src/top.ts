import { checkOptions } from '@ttrec/core';
import { probabilities } from '@ttrec/dlrm';
import { error } from './error.ts';

export interface RankOptions {
  /** At most so many candidates; all by default. */
  readonly top?: number | undefined;
}

export interface RankedCandidate {
  /** Its place among the candidates given. */
  readonly index: number;
  readonly logit: number;
  readonly probability: number;
}

/** @throws `serving/unknown-option`, `serving/bad-top` */
export function checkTop(options: RankOptions): number {
  checkOptions(error, 'rank', options, { top: 'any' });
  const { top = Infinity } = options;
  if (top === Infinity || (Number.isInteger(top) && top >= 1)) return top;
  throw error('bad-top', { subject: 'rank, top', rule: 'must be an integer from 1', got: top });
}

/** The highest logits, equal ones in their order. O(B log B). */
export function best(logits: Float64Array, top: number): RankedCandidate[] {
  const order = Uint32Array.from(logits, (_, index) => index);
  order.sort((a, b) => logits[b]! - logits[a]! || a - b);
  const kept = order.subarray(0, Math.min(top, order.length));
  const chosen = Float64Array.from(kept, (index) => logits[index]!);
  const chances = probabilities(chosen);
  return Array.from(kept, (index, at) => ({ index, logit: chosen[at]!, probability: chances[at]! }));
}
