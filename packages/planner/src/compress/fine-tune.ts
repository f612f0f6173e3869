import {
  cost,
  type EmbeddingBag,
  type EmbeddingBagOptions,
  type RowSource,
  type TableConfig,
  type TableSize,
} from '@ttrec/embeddings';
import { checkOptions, RandomStream } from '@ttrec/core';
import { error } from '../error.ts';
import { balanceCores, rootMeanSquare } from './balance-cores.ts';
import type { CompressProgress } from './compress-progress.ts';
import { RowSampler } from './row-sampler.ts';

export interface FineTuneOptions {
  /** Batches to train on. */
  readonly steps: number;
  /** Rows a batch; 1024 by default. */
  readonly batchSize?: number;
  /** As a fraction of the root mean square of the parameters; 0.2 by default. It falls to nothing over the steps. */
  readonly learningRate?: number;
  /** Of the rows drawn; 0 by default. */
  readonly seed?: number;
}

export interface FineTuneReport {
  readonly steps: number;
  /** The relative error on rows drawn as in training, before and after. */
  readonly before: number;
  readonly after: number;
  /** False when it made nothing better, and the table is as it was before. */
  readonly kept: boolean;
}

type Backend = EmbeddingBagOptions['backend'];

/** Rows by which it is judged whether steps made the table better. */
const JUDGED = 2 ** 14;

/**
 * Gradient steps on the reconstruction: each draws a batch of rows by weight (every row alike, without weights), and takes an
 * Adagrad step on their squared distance from the rows of the source. What counts is what comes out: the table is put back
 * as it was, unless rows drawn apart are nearer than before.
 *
 * For what no closed form gives: a train by weights that are no product of digits, or inside a hash. O(steps · batchSize).
 *
 * Needs options and a table that `requireSteps` and `requireTrainable` accept.
 */
export async function fineTune(
  bag: EmbeddingBag,
  source: RowSource,
  options: FineTuneOptions & {
    readonly backend: Backend;
    readonly onProgress?: (progress: CompressProgress) => void;
  },
): Promise<FineTuneReport> {
  const { steps, batchSize = 1024, learningRate = 0.2, seed = 0, backend, onProgress } = options;
  await balanceCores(backend, bag.parameters);
  const kept = await Promise.all(bag.parameters.map(({ weights }) => backend.read(weights)));
  const rate = learningRate * Math.min(...kept.map(rootMeanSquare).filter((size) => size > 0));
  const stream = new RandomStream(seed, 'fine-tune');
  const sampler = new RowSampler(source, stream.child('batches'));
  const judge = new RowSampler(source, stream.child('judge')).draw(JUDGED);
  const before = await sampledError(bag, source, judge);
  for (let step = 0; step < steps && rate < Infinity; step++) {
    await trainStep({ bag, source, backend }, sampler.draw(batchSize), rate * (1 - step / steps));
    onProgress?.({ phase: 'fine-tune', done: step + 1, total: steps });
  }
  const after = await sampledError(bag, source, judge);
  if (after < before) return { steps, before, after, kept: true };
  bag.parameters.forEach(({ weights }, p) => backend.write(weights, kept[p]!));
  return { steps, before, after, kept: false };
}

async function trainStep(
  on: { readonly bag: EmbeddingBag; readonly source: RowSource; readonly backend: Backend },
  ids: Uint32Array,
  learningRate: number,
): Promise<void> {
  const { bag, source, backend } = on;
  const target = await rowsOf(source, ids);
  const out = bag.forward({
    indices: ids,
    offsets: Uint32Array.from({ length: ids.length + 1 }, (_, i) => i),
  });
  const rows = await backend.read(out);
  // Of the mean over the batch of half the squared distance.
  const gradOut = rows.map((value, at) => (value - target[at]!) / ids.length);
  bag.backward({ gradOut, learningRate });
}

/** The relative error over some rows, repeats counted. */
async function sampledError(bag: EmbeddingBag, source: RowSource, ids: Uint32Array): Promise<number> {
  const target = await rowsOf(source, ids);
  const rows = await bag.rows(ids);
  let [distance, norm] = [0, 0];
  rows.forEach((value, at) => {
    distance += (value - target[at]!) ** 2;
    norm += target[at]! ** 2;
  });
  return distance === 0 ? 0 : Math.sqrt(distance / norm);
}

/** The rows of ids in ascending order, [L, D]. */
async function rowsOf(source: RowSource, ids: Uint32Array): Promise<Float32Array> {
  const { embeddingDim } = source;
  const rows = new Float32Array(ids.length * embeddingDim);
  for (let i = 0; i < ids.length; i++) {
    const to = i * embeddingDim;
    if (i > 0 && ids[i] === ids[i - 1]) rows.copyWithin(to, to - embeddingDim, to);
    else rows.set(await source.read(ids[i]!, ids[i]! + 1), to);
  }
  return rows;
}

/** @throws `planner/unknown-option`, `planner/bad-fine-tuning` */
export function requireSteps(options: FineTuneOptions): void {
  const rules = { steps: 'any', batchSize: 'any', learningRate: 'any', seed: 'any' } as const;
  checkOptions(error, 'fine-tuning', options, rules);
  const { steps, batchSize = 1, learningRate = 1 } = options;
  const bad = (subject: string, rule: string, got: number) =>
    error('bad-fine-tuning', { subject: `fine-tuning, ${subject}`, rule, got });
  if (!Number.isSafeInteger(steps) || steps < 1) throw bad('steps', 'must be an integer from 1', steps);
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw bad('batchSize', 'must be an integer from 1', batchSize);
  }
  if (!(learningRate > 0 && learningRate < Infinity)) {
    throw bad('learningRate', 'must be a number above 0', learningRate);
  }
}

/** @throws `planner/not-trainable` */
export function requireTrainable(config: TableConfig, size: TableSize): void {
  if (cost(config, size).inferenceOnly !== true) return;
  throw error('not-trainable', {
    subject: 'fine-tuning',
    rule: 'needs a table that can be trained',
    got: config.kind,
    hint: 'Leave the steps out: rounding to the nearest step is the best that integers can do.',
  });
}
