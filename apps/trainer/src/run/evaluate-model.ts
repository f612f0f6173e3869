import { setImmediate as turn } from 'node:timers/promises';
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

/** @throws `trainer/empty-split` */
export function requireRows(dataset: Dataset, split: SplitName): void {
  if (dataset.rows[split] > 0) return;
  throw error('empty-split', {
    subject: `split "${split}"`,
    rule: 'must have rows to evaluate on',
    got: 0,
    hint: 'Hold some out in the data section of the config.',
  });
}

/**
 * Scores a whole split, in file order.
 *
 * @throws `trainer/empty-split`, `trainer/prediction-not-finite`
 */
export async function evaluateModel(model: Dlrm, dataset: Dataset, split: SplitName): Promise<Evaluation> {
  requireRows(dataset, split);
  const labels: number[] = [];
  const logits: number[] = [];
  const trueLogits: number[] = [];
  for await (const batch of dataset.batches({ split, batchSize: BATCH_SIZE })) {
    const predicted = await model.predict(batch, { output: 'logits' });
    for (let i = 0; i < batch.size; i++) {
      labels.push(batch.labels[i]!);
      if (!Number.isFinite(predicted[i])) throw notFinite(split, logits.length, predicted[i]!);
      logits.push(predicted[i]!);
      if (batch.trueLogits) trueLogits.push(batch.trueLogits[i]!);
    }
    // So that signals are heard.
    await turn();
  }
  const metrics = withNulls(binaryMetrics(labels, logits, { fromLogits: true }));
  if (trueLogits.length === 0) return { metrics };
  const best = withNulls(binaryMetrics(labels, trueLogits, { fromLogits: true }));
  return { metrics, bestPossible: { logLoss: best.logLoss!, auc: best.auc } };
}

function notFinite(split: SplitName, row: number, got: number): Error {
  return error('prediction-not-finite', {
    subject: `split "${split}", row ${row}`,
    rule: 'the predicted logit must be finite',
    got,
    hint: 'The weights have diverged: lower the learning rate, or go on from an earlier checkpoint.',
  });
}
