import { counted } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { auc } from './auc.ts';
import {
  checkLabelledScores,
  checkRowWeights,
  requireNumbers,
  type ScoreRule,
} from './check-labelled-scores.ts';

/** How well rows are ranked within their groups: the items of a user, the candidates of a request. */
export interface RankingMetrics {
  /** Groups with a positive; the means of all but `gauc` are over these. */
  readonly groups: number;
  /** AUC by group, weighted by rows; over groups with both classes, NaN without any (Zhou et al., "DIN", 2018). */
  readonly gauc: number;
  /** Normalised discounted cumulative gain of the first k; a tie takes the mean of its orders, as in scikit-learn. */
  readonly ndcg: number;
  /** Mean of 1 / rank of the best positive; negatives that tie with it rank before it. */
  readonly mrr: number;
  /** Share of the positives among the first k; a tie across the border counts by the share of it that is within. */
  readonly recall: number;
}

const anyNumber: ScoreRule = { rule: 'must be a number', holds: (score) => !Number.isNaN(score) };

/**
 * Metrics of rankings, exact, in float64. O(n log n). With weights, a group counts by the mean of its rows' weights, GAUC and the AUC of a group by
 * each row's, and rows of weight 0 are left out.
 *
 * @param labels [n], 0 or 1
 * @param scores [n], any numbers; larger ranks first
 * @param groups [n], the group of each row
 * @param options.k how many of the first rows of a group count; 10 by default
 * @param options.weights [n], finite and from 0; 1 each by default
 * @throws `dlrm/metric-length`, `dlrm/metric-label`, `dlrm/metric-score`, `dlrm/metric-weight`, `dlrm/metric-k`, `dlrm/unknown-option`
 */
export function rankingMetrics(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  groups: ArrayLike<number>,
  options: { readonly k?: number | undefined; readonly weights?: ArrayLike<number> | undefined } = {},
): RankingMetrics {
  checkOptions(error, 'rankingMetrics', options, { k: 'any', weights: 'any' });
  const { k = 10, weights } = options;
  if (!Number.isInteger(k) || k < 1)
    throw error('metric-k', { subject: 'k', rule: 'must be an integer from 1', got: k });
  checkLabelledScores(labels, scores, anyNumber);
  requireNumbers('groups', groups);
  if (groups.length !== labels.length) {
    const rule = `must be as many as the ${counted(labels.length, 'label')}`;
    throw error('metric-length', { subject: 'groups', rule, got: groups.length });
  }
  checkRowWeights(labels.length, weights);
  const members = new Map<number, { labels: number[]; scores: number[]; weights: number[] }>();
  for (let i = 0; i < labels.length; i++) {
    if (weights?.[i] === 0) continue;
    const group = members.get(groups[i]!) ?? { labels: [], scores: [], weights: [] };
    members.set(groups[i]!, group);
    group.labels.push(labels[i]!);
    group.scores.push(scores[i]!);
    if (weights) group.weights.push(weights[i]!);
  }
  const sums = { groups: 0, weight: 0, ndcg: 0, mrr: 0, recall: 0, auc: 0, rows: 0 };
  for (const group of members.values()) {
    const rows = group.labels.length;
    const total = weights ? group.weights.reduce((sum, weight) => sum + weight, 0) : rows;
    const own = auc(group.labels, group.scores, weights && group.weights);
    if (!Number.isNaN(own)) {
      sums.auc += own * total;
      sums.rows += total;
    }
    if (!group.labels.includes(1)) continue;
    const { ndcg, reciprocalRank, recall } = ofGroup(tiesOf(group), k);
    const weight = total / rows;
    sums.groups++;
    sums.weight += weight;
    sums.ndcg += weight * ndcg;
    sums.mrr += weight * reciprocalRank;
    sums.recall += weight * recall;
  }
  const mean = (sum: number) => sum / sums.weight;
  return {
    groups: sums.groups,
    gauc: sums.auc / sums.rows,
    ndcg: mean(sums.ndcg),
    mrr: mean(sums.mrr),
    recall: mean(sums.recall),
  };
}

/** Rows of one score. */
interface Tie {
  rows: number;
  positives: number;
}

/** The rows of a group, best scores first. */
function tiesOf({
  labels,
  scores,
}: {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}): Tie[] {
  const ties = new Map<number, Tie>();
  labels.forEach((label, i) => {
    const tie = ties.get(scores[i]!) ?? { rows: 0, positives: 0 };
    ties.set(scores[i]!, tie);
    tie.rows++;
    tie.positives += label;
  });
  return [...ties].sort(([a], [b]) => b - a).map(([, tie]) => tie);
}

function ofGroup(
  ties: readonly Tie[],
  k: number,
): { readonly ndcg: number; readonly reciprocalRank: number; readonly recall: number } {
  const discount = (from: number, to: number) => {
    let sum = 0;
    for (let rank = from; rank < Math.min(to, k); rank++) sum += 1 / Math.log2(rank + 2);
    return sum;
  };
  const positives = ties.reduce((sum, tie) => sum + tie.positives, 0);
  let [before, gain, found, rank] = [0, 0, 0, 0];
  for (const tie of ties) {
    const share = tie.positives / tie.rows;
    gain += share * discount(before, before + tie.rows);
    found += share * Math.max(0, Math.min(tie.rows, k - before));
    if (rank === 0 && tie.positives > 0) rank = before + tie.rows - tie.positives + 1;
    before += tie.rows;
  }
  return { ndcg: gain / discount(0, positives), reciprocalRank: 1 / rank, recall: found / positives };
}
