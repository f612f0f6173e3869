import { counted } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { auc } from './auc.ts';
import { requireNumbers } from './check-labelled-scores.ts';

/** Rows whose ids are about as frequent. */
export interface FrequencyBand {
  /** The least and the greatest frequency. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly positives: number;
  /** NaN if a class is missing. */
  readonly auc: number;
}

/**
 * AUC by how frequent the id of a row is in training, from the rarest on: tells what a compressed table loses on rare ids. Bands have about the same
 * number of rows; rows of the same frequency stay together, so that there may be fewer. O(n log n).
 *
 * @param labels [n], 0 or 1
 * @param scores [n], any numbers; larger means more likely positive
 * @param frequencies [n], how often the id of each row occurs in training
 * @param options.bands 10 by default: deciles
 * @param options.weights [n] of the rows in each AUC, finite and from 0; 1 each by default
 * @throws `dlrm/metric-length`, `dlrm/metric-label`, `dlrm/metric-score`, `dlrm/metric-weight`, `dlrm/metric-bands`, `dlrm/unknown-option`
 */
export function aucByFrequency(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  frequencies: ArrayLike<number>,
  options: { readonly bands?: number | undefined; readonly weights?: ArrayLike<number> | undefined } = {},
): FrequencyBand[] {
  checkOptions(error, 'aucByFrequency', options, { bands: 'any', weights: 'any' });
  const { bands = 10, weights } = options;
  if (!Number.isInteger(bands) || bands < 1)
    throw error('metric-bands', { subject: 'bands', rule: 'must be an integer from 1', got: bands });
  requireNumbers('frequencies', frequencies);
  const { length } = labels;
  if (frequencies.length !== length) {
    const rule = `must be as many as the ${counted(length, 'label')}`;
    throw error('metric-length', { subject: 'frequencies', rule, got: frequencies.length });
  }
  auc(labels, scores, weights);
  const order = Uint32Array.from({ length }, (_, i) => i).sort((a, b) => frequencies[a]! - frequencies[b]!);
  const found: FrequencyBand[] = [];
  for (let band = 0, start = 0; band < bands && start < length; band++) {
    let end = Math.max(start, Math.round(((band + 1) * length) / bands));
    while (end > start && end < length && frequencies[order[end]!] === frequencies[order[end - 1]!]) end++;
    if (end === start) continue;
    const rows = order.subarray(start, end);
    const take = (values: ArrayLike<number>) => Array.from(rows, (row) => values[row]!);
    const own = take(labels);
    found.push({
      from: frequencies[rows[0]!]!,
      to: frequencies[rows.at(-1)!]!,
      rows: rows.length,
      positives: own.filter((label) => label === 1).length,
      auc: aucOf(own, take(scores), weights && take(weights)),
    });
    start = end;
  }
  return found;
}

/** NaN also where all rows weigh nothing. */
function aucOf(labels: number[], scores: number[], weights: number[] | undefined): number {
  return weights?.every((weight) => weight === 0) ? Number.NaN : auc(labels, scores, weights);
}
