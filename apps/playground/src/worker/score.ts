import type { Dataset } from '@ttrec/data';
import { probabilities, type DlrmBatch } from '@ttrec/dlrm';
import { error } from '../error.ts';

/** A row of made-up data as text, for a form to show. */
export interface SampledRow {
  readonly values: readonly string[];
  readonly label: number;
  readonly truth: number | undefined;
}

/** Held-out row number `at`, counted round. */
export async function sampleRow(dataset: Dataset, at: number): Promise<SampledRow> {
  const row = at % dataset.rows.validation;
  const batches = dataset.batches({ split: 'validation', batchSize: 1, skipBatches: row });
  for await (const { dense, features, labels, trueLogits } of batches) {
    const numbers = Array.from(dense, (value) => value.toFixed(3));
    const ids = features.map(({ indices }) => String(indices[0]));
    const truth = trueLogits && probabilities(trueLogits)[0];
    return { values: [...numbers, ...ids], label: labels[0]!, truth };
  }
  throw error('no-held-out-rows', { subject: 'data', rule: 'must hold out rows to sample from', got: 0 });
}

/** One row of made-up data, whose ids are row numbers of tables. @throws `playground/bad-value` */
export function encodeRow({ schema }: Pick<Dataset, 'schema'>, values: readonly string[]): DlrmBatch {
  const dense = Float32Array.from(schema.dense, (name, i) => {
    const value = Number(values[i]);
    if (values[i]?.trim() !== '' && Number.isFinite(Math.fround(value))) return value;
    throw error('bad-value', { subject: name, rule: 'must be a number', got: values[i] });
  });
  const features = schema.features.map(({ name, numEmbeddings }, f) => {
    const text = values[dense.length + f]?.trim() ?? '';
    const id = /^[0-9]+$/.test(text) ? Number(text) : NaN;
    if (id < numEmbeddings) return { indices: Uint32Array.of(id), offsets: Uint32Array.of(0, 1) };
    throw error('bad-value', {
      subject: name,
      rule: `must be a whole number from 0 to ${numEmbeddings - 1}`,
      got: text,
    });
  });
  return { size: 1, dense, features };
}
