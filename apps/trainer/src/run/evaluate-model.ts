import type { Dataset, SplitName } from '@ttrec/data';
import { binaryMetrics, type Dlrm } from '@ttrec/dlrm';
import { error } from '../error.ts';
import { withNulls } from './metrics.ts';
import type { Metrics } from './records.ts';

/** Rows scored at a time. Metrics do not depend on it. */
const BATCH_SIZE = 2048;

export interface Evaluation {
  readonly metrics: Metrics;
  /** Of the true probabilities on the same rows, when the data knows them. */
  readonly bestPossible?: { readonly logLoss: number; readonly auc: number | null };
}

/**
 * Scores a whole split, in file order.
 *
 * @throws `trainer/empty-split`
 */
export async function evaluateModel(model: Dlrm, dataset: Dataset, split: SplitName): Promise<Evaluation> {
  if (dataset.rows[split] === 0) {
    throw error('empty-split', {
      subject: `split "${split}"`,
      rule: 'must have rows to evaluate on',
      got: 0,
    });
  }
  const labels: number[] = [];
  const scores: number[] = [];
  const truth: number[] = [];
  for await (const batch of dataset.batches({ split, batchSize: BATCH_SIZE })) {
    const probabilities = await model.predict(batch);
    for (let i = 0; i < batch.size; i++) {
      labels.push(batch.labels[i]!);
      scores.push(probabilities[i]!);
      if (batch.truth) truth.push(batch.truth[i]!);
    }
  }
  const metrics = withNulls(binaryMetrics(labels, scores));
  if (truth.length === 0) return { metrics };
  const best = withNulls(binaryMetrics(labels, truth));
  return { metrics, bestPossible: { logLoss: best.logLoss!, auc: best.auc } };
}
