import { checkArgument } from '@ttrec/core/options';
import type { Dataset, SplitName } from '@ttrec/data';
import { binaryMetrics, probabilities, probabilityMetrics, rankingMetrics, type Dlrm } from '@ttrec/dlrm';
import { error } from './error.ts';
import { withNulls } from './records/metrics-window.ts';
import { turn } from './fit/turn.ts';
import type { Metrics, ProbabilityRecord, RankingRecord } from './records/run-record.ts';
import type { Communicator } from './workers/communicator.ts';
import { RowExchange } from './workers/row-exchange.ts';
import { SharedRows } from './workers/shared-rows.ts';

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
  readonly labels: Float64Array;
  readonly logits: Float64Array;
  /** Empty where the data does not know them. */
  readonly trueLogits: Float64Array;
  /** Empty where rows have none. */
  readonly groups: Float64Array;
  /** Absent where rows have none. */
  readonly weights?: Float64Array | undefined;
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
  const { communicator } = options;
  const rows = Math.min(options.rows ?? Infinity, dataset.rows[split]);
  const shared = new SharedRows({ rows, batchSize: BATCH_SIZE, communicator });
  const exchange = RowExchange.for(model, communicator);
  const [labels, logits, trueLogits, groups, weights] = [[], [], [], [], []] as number[][];
  for await (const { batch, count } of shared.batches(dataset, split)) {
    await exchange?.fetch(count === 0 ? undefined : batch.features);
    if (count === 0) continue;
    const scores = await model.predict(batch, { output: 'logits' });
    for (let i = 0; i < count; i++) {
      labels!.push(batch.labels[i]!);
      logits!.push(scores[i]!);
      if (batch.weights) weights!.push(batch.weights[i]!);
      if (batch.trueLogits) trueLogits!.push(batch.trueLogits[i]!);
      if (batch.groups) groups!.push(batch.groups[i]!);
    }
    await turn();
  }
  const all = {
    labels: await shared.together(labels!),
    logits: await shared.together(logits!),
    trueLogits: await shared.together(trueLogits!),
    groups: await shared.together(groups!),
  };
  const ofRows = await shared.together(weights!);
  const place = all.logits.findIndex((logit) => !Number.isFinite(logit));
  if (place >= 0) throw notFinite(split, place, all.logits[place]!);
  return { ...all, ...(ofRows.length > 0 && { weights: ofRows }) };
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
  const rows = Math.min(options.rows ?? Infinity, dataset.rows[split]);
  const shared = new SharedRows({ rows, batchSize: BATCH_SIZE });
  for await (const { batch, count } of shared.batches(dataset, split)) {
    if (!batch.trueLogits) return undefined;
    labels.push(...batch.labels.subarray(0, count));
    logits.push(...batch.trueLogits.subarray(0, count));
  }
  return labels.length === 0 ? undefined : lossAndAuc(labels, logits);
}

function lossAndAuc(
  labels: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights?: ArrayLike<number>,
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
