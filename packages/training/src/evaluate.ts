import { checkArgument } from '@ttrec/core/options';
import type { Batch, Dataset, SplitName } from '@ttrec/data';
import { binaryMetrics, probabilities, probabilityMetrics, rankingMetrics, type Dlrm } from '@ttrec/dlrm';
import { error } from './error.ts';
import { withNulls } from './records/metrics-window.ts';
import { turn } from './fit/turn.ts';
import type { Metrics, ProbabilityRecord, RankingRecord } from './records/run-record.ts';
import type { Communicator } from './workers/communicator.ts';
import { ScoredBatches } from './workers/scored-batches.ts';

/** Rows scored at a time. Metrics do not depend on it. */
const BATCH_SIZE = 2048;

export interface Evaluation {
  readonly metrics: Metrics;
  /** The same rows by their probabilities; null where a metric is undefined. */
  readonly probability: ProbabilityRecord;
  /** The same rows ranked within their groups, if the data has groups. */
  readonly ranking?: RankingRecord | undefined;
  /** Of the true probabilities on the same rows, when the data knows them. */
  readonly bestPossible?: { readonly logLoss: number; readonly auc: number | null } | undefined;
}

/** Of each group, so many of the first rows count in rankings. */
const RANKED = 10;

/** @throws `training/empty-split` */
export function requireRows(dataset: Dataset, split: SplitName): void {
  if (dataset.rows[split] > 0) return;
  throw error('empty-split', {
    subject: `split "${split}"`,
    rule: 'must have rows to evaluate on',
    got: 0,
    hint: 'Hold some out in the data section of the config.',
  });
}

export interface EvaluateOptions {
  /** At most so many, from the first on; all by default. */
  readonly rows?: number | undefined;
  /** Workers with the same model and data, which share the work: each gets the metrics of all rows. */
  readonly communicator?: Communicator | undefined;
}

/**
 * Scores the rows of a split, in file order, and compares them with their labels, by the weights of the rows where they have them.
 *
 * @throws `training/empty-split`, `training/prediction-not-finite`
 */
export async function evaluate(
  model: Dlrm,
  dataset: Dataset,
  split: SplitName = 'test',
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkArgument(error, 'evaluate, model', model, 'a Dlrm', 'config', 'state', 'embeddings');
  checkArgument(
    error,
    'evaluate, dataset',
    dataset,
    'a dataset, such as openDataset returns',
    'rows',
    'schema',
    'batches',
  );
  const rows = await scoreRows(model, dataset, split, options);
  const { labels, logits, trueLogits, groups, weights } = rows;
  const metrics = withNulls(binaryMetrics(labels, logits, { fromLogits: true, weights }));
  const { averagePrecision, ...rest } = probabilityMetrics(labels, probabilities(logits), { weights });
  const probability = { ...rest, averagePrecision: Number.isNaN(averagePrecision) ? null : averagePrecision };
  return {
    metrics,
    probability,
    ...(groups.length > 0 && { ranking: rankingOf(rows) }),
    ...(trueLogits.length > 0 && { bestPossible: lossAndAuc(labels, trueLogits, weights) }),
  };
}

function rankingOf({ labels, logits, groups, weights }: ScoredRows): RankingRecord {
  const { gauc, ...ranking } = rankingMetrics(labels, logits, groups, { k: RANKED, weights });
  const known = (value: number) => (Number.isNaN(value) ? null : value);
  const { ndcg, mrr, recall } = ranking;
  const means = { gauc: known(gauc), ndcg: known(ndcg), mrr: known(mrr), recall: known(recall) };
  return { ...ranking, ...means, k: RANKED };
}

/** Labels and logits of the rows of a split, in file order. */
export interface ScoredRows {
  readonly labels: readonly number[];
  readonly logits: Float64Array;
  /** Empty where the data does not know them. */
  readonly trueLogits: readonly number[];
  /** Empty where rows have none. */
  readonly groups: readonly number[];
  /** Absent where rows have none. */
  readonly weights?: readonly number[] | undefined;
}

/**
 * @param options as for `evaluate`
 * @throws `training/empty-split`, `training/prediction-not-finite`
 */
export async function scoreRows(
  model: Dlrm,
  dataset: Dataset,
  split: SplitName,
  options: EvaluateOptions = {},
): Promise<ScoredRows> {
  requireRows(dataset, split);
  const labels: number[] = [];
  const trueLogits: number[] = [];
  const groups: number[] = [];
  let weights: number[] | undefined;
  const scored = new ScoredBatches(model, options.communicator);
  for await (const { batch, count } of firstRows(dataset, split, options.rows)) {
    if (batch.weights) weights ??= [];
    for (let i = 0; i < count; i++) {
      if (batch.weights) weights!.push(batch.weights[i]!);
      labels.push(batch.labels[i]!);
      if (batch.trueLogits) trueLogits.push(batch.trueLogits[i]!);
      if (batch.groups) groups.push(batch.groups[i]!);
    }
    await scored.add(batch, count);
    await turn();
  }
  const logits = await scored.logits();
  const place = logits.findIndex((logit) => !Number.isFinite(logit));
  if (place >= 0) throw notFinite(split, place, logits[place]!);
  return { labels, logits, trueLogits, groups, weights };
}

/**
 * What a model that knew the true probabilities would reach on the rows that `evaluate` scores; undefined for data that does not
 * know them.
 */
export async function bestPossible(
  dataset: Dataset,
  split: SplitName = 'test',
  options: { readonly rows?: number | undefined } = {},
): Promise<Evaluation['bestPossible']> {
  checkArgument(
    error,
    'bestPossible, dataset',
    dataset,
    'a dataset, such as openDataset returns',
    'rows',
    'schema',
    'batches',
  );
  const labels: number[] = [];
  const logits: number[] = [];
  for await (const { batch, count } of firstRows(dataset, split, options.rows)) {
    if (!batch.trueLogits) return undefined;
    labels.push(...batch.labels.subarray(0, count));
    logits.push(...batch.trueLogits.subarray(0, count));
  }
  return labels.length === 0 ? undefined : lossAndAuc(labels, logits);
}

/** Batches, and how many rows of each count. */
async function* firstRows(
  dataset: Dataset,
  split: SplitName,
  rows = dataset.rows[split],
): AsyncGenerator<{ readonly batch: Batch; readonly count: number }> {
  if (dataset.rows[split] === 0) return;
  let left = rows;
  for await (const batch of dataset.batches({ split, batchSize: BATCH_SIZE })) {
    yield { batch, count: Math.min(batch.size, left) };
    left -= batch.size;
    if (left <= 0) return;
  }
}

function lossAndAuc(
  labels: readonly number[],
  logits: readonly number[],
  weights?: readonly number[],
): NonNullable<Evaluation['bestPossible']> {
  const { logLoss, auc } = withNulls(binaryMetrics(labels, logits, { fromLogits: true, weights }));
  return { logLoss: logLoss!, auc };
}

function notFinite(split: SplitName, row: number, got: number): Error {
  return error('prediction-not-finite', {
    subject: `split "${split}", row ${row}`,
    rule: 'the predicted logit must be finite',
    got,
    hint: 'The weights have diverged: lower the learning rate, or go on from an earlier checkpoint.',
  });
}
