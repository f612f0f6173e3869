import { typeName } from '@ttrec/core';
import type { Bags, FeatureBags } from '@ttrec/embeddings';
import { error } from './error.ts';

/** What a model reads: B rows. */
export interface DlrmBatch<Features extends FeatureBags = FeatureBags> {
  /** B. */
  readonly size: number;
  /** [B, denseFeatures], row-major. */
  readonly dense: Float32Array;
  /** The bags of each feature: a list in the order of the config's `features`, or by name. */
  readonly features: Features;
}

export interface LabelledBatch<Features extends FeatureBags = FeatureBags> extends DlrmBatch<Features> {
  /** [B], from 0 to 1. */
  readonly labels: Float32Array;
  /** [B] Weights of the rows, finite and from 0; 1 each if absent. The loss of a batch is `Σ w·loss / Σ w`: a row of weight 2 counts as two. */
  readonly weights?: Float32Array | undefined;
}

/** The sum of the weights of the rows: their number where they have none. In float64, in the order of the rows. */
export function weightOfRows({ size, weights }: Pick<LabelledBatch, 'size' | 'weights'>): number {
  return weights ? weights.reduce((sum, weight) => sum + weight, 0) : size;
}

/** A batch whose arrays are as they were when it was handed in, whatever the caller does to them. */
export function copyOfBatch<Batch extends DlrmBatch>(batch: Batch): Batch {
  return {
    ...batch,
    dense: batch.dense.slice(),
    ...('labels' in batch && { labels: (batch.labels as Float32Array).slice() }),
    ...('weights' in batch && { weights: (batch.weights as Float32Array | undefined)?.slice() }),
    features: Array.isArray(batch.features)
      ? (batch.features as readonly Bags[]).map(copyOfBags)
      : Object.fromEntries(Object.entries(batch.features).map(([name, bags]) => [name, copyOfBags(bags)])),
  };
}

function copyOfBags({ indices, offsets, perSampleWeights }: Bags): Bags {
  const copy = { indices: indices.slice(), offsets: offsets.slice() };
  return perSampleWeights ? { ...copy, perSampleWeights: perSampleWeights.slice() } : copy;
}

/** @throws `dlrm/bad-batch`, `dlrm/empty-batch`, `dlrm/dense-length`, `dlrm/dense-not-finite` */
export function checkDense(batch: DlrmBatch, denseFeatures: number, broadcast = false): void {
  if (typeof (batch as unknown) !== 'object' || (batch as unknown) === null) {
    throw error('bad-batch', { subject: 'batch', rule: 'must be an object', got: batch });
  }
  const { size, dense } = batch;
  if (!Number.isInteger(size) || size < 1) {
    throw error('empty-batch', { subject: 'batch size', rule: 'must be an integer from 1', got: size });
  }
  checkFloats('batch dense features', dense);
  const isShared = broadcast && dense.length === denseFeatures;
  if (dense.length !== size * denseFeatures && !isShared) {
    throw error('dense-length', {
      subject: 'batch dense features',
      rule: `must be [${size}, ${denseFeatures}], ${size * denseFeatures} numbers`,
      got: dense.length,
    });
  }
  let place = 0;
  while (place < dense.length && Number.isFinite(dense[place])) place++;
  if (place === dense.length) return;
  throw error('dense-not-finite', {
    subject: `batch row ${Math.floor(place / denseFeatures)}, dense feature ${place % denseFeatures}`,
    rule: 'must be a finite number',
    got: dense[place],
    hint: 'Fill missing values and clip outliers when the data is read.',
  });
}

/** @throws `dlrm/bad-batch`, `dlrm/label-length`, `dlrm/label-range`, `dlrm/row-weights` */
export function checkLabels({ size, labels, weights }: LabelledBatch): void {
  checkFloats('batch labels', labels);
  if (labels.length !== size) {
    throw error('label-length', {
      subject: 'batch labels',
      rule: `must be one for each of the ${size} rows`,
      got: labels.length,
    });
  }
  const place = labels.findIndex((label) => !(label >= 0 && label <= 1));
  if (place >= 0)
    throw error('label-range', {
      subject: `batch row ${place}, label`,
      rule: 'must be from 0 to 1',
      got: labels[place],
    });
  if (weights) checkWeights(size, weights);
}

/** @throws `dlrm/bad-batch`, `dlrm/row-weights` */
function checkWeights(size: number, weights: Float32Array): void {
  checkFloats('batch weights', weights);
  if (weights.length !== size) {
    const rule = `must be one for each of the ${size} rows`;
    throw error('row-weights', { subject: 'batch weights', rule, got: weights.length });
  }
  const place = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (place < 0) return;
  const subject = `batch row ${place}, weight`;
  throw error('row-weights', { subject, rule: 'must be a finite number from 0', got: weights[place] });
}

function checkFloats(subject: string, values: unknown): void {
  if (values instanceof Float32Array) return;
  throw error('bad-batch', { subject, rule: 'must be a Float32Array', got: typeName(values) });
}
