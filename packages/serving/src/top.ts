import { checkOptions } from '@ttrec/core/options';
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

/** The highest logits, equal ones in their order. O(B log B), about O(B) if `top` is small. */
export function best(logits: Float64Array, top: number): RankedCandidate[] {
  const kept = top < logits.length / 8 ? fewBest(logits, top) : sorted(logits).subarray(0, top);
  return Array.from(kept, (index) => {
    const logit = logits[index]!;
    return { index, logit, probability: probabilities([logit])[0]! };
  });
}

function sorted(logits: Float64Array): Uint32Array {
  const order = Uint32Array.from(logits, (_, index) => index);
  return order.sort((a, b) => logits[b]! - logits[a]! || a - b);
}

/** Most logits are below the lowest of the best so far. */
function fewBest(logits: Float64Array, top: number): Uint32Array {
  const order = new Uint32Array(top);
  let count = 0;
  let lowest = -Infinity;
  for (let index = 0; index < logits.length; index++) {
    const logit = logits[index]!;
    if (count === top && logit <= lowest) continue;
    let at = count < top ? count++ : top - 1;
    for (; at > 0 && logits[order[at - 1]!]! < logit; at--) order[at] = order[at - 1]!;
    order[at] = index;
    lowest = logits[order[count - 1]!]!;
  }
  return order.subarray(0, count);
}
