import { RandomStream } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import type { EmbeddingBag } from '../embedding-bag.ts';
import { error } from '../error.ts';
import { cost } from '../kinds.ts';
import type { RowSource } from '../rows/row-source.ts';
import { stateReader } from '../state/state-tensor.ts';
import type { TableConfig } from '../table/config/table-config.ts';
import type { TableKind } from '../table/kind/table-kind.ts';
import type { TableSize } from '../table/table-size.ts';
import { balanceCores, rootMeanSquare } from './balance-cores.ts';
import type { CompressProgress } from './compress-progress.ts';
import { RowSampler } from './row-sampler.ts';

export interface FineTuneOptions {
  /** Number of batches. */
  readonly steps: number;
  /** Rows of a batch; 1024 by default. */
  readonly batchSize?: number | undefined;
  /** A fraction of the root mean square of the parameters; 0.2 by default. It falls linearly to 0. */
  readonly learningRate?: number | undefined;
  /** Seed of the rows drawn; 0 by default. */
  readonly seed?: number | undefined;
}

export interface FineTuneReport {
  readonly steps: number;
  /** The relative error before and after, on rows drawn by weight and not used for training. */
  readonly before: number;
  readonly after: number;
  /** False if the error did not fall; the table is then as it was before. */
  readonly kept: boolean;
}

/** Rows of the sample on which the error is measured before and after. */
const JUDGED = 2 ** 14;

/**
 * Reduces the reconstruction error by gradient steps. Each step draws a batch of rows by weight (uniformly without weights)
 * and takes an Adagrad step on their squared distance from the rows of the source. If the error on other rows does not fall,
 * the table is restored.
 *
 * Useful where no closed form exists: a TT with row weights, or a TT behind a hash. O(steps · batchSize).
 *
 * The caller checks options and table with `requireSteps` and `requireTrainable`.
 */
export async function fineTune(
  bag: EmbeddingBag,
  source: RowSource,
  options: FineTuneOptions & { readonly onProgress?: ((progress: CompressProgress) => void) | undefined },
): Promise<FineTuneReport> {
  const { steps, batchSize = 1024, learningRate = 0.2, seed = 0, onProgress } = options;
  const { backend } = bag;
  await balanceCores(backend, bag.parameters);
  const sizes = await Promise.all(
    bag.parameters.map(async ({ weights }) => rootMeanSquare(await backend.read(weights))),
  );
  const rate = learningRate * Math.min(...sizes.filter((size) => size > 0));
  const kept = await Promise.all(
    bag.state().map(async (tensor) => ({ ...tensor, data: await tensor.data() })),
  );
  const stream = new RandomStream(seed, 'fine-tune');
  const sampler = new RowSampler(source, stream.child('batches'));
  const judge = new RowSampler(source, stream.child('judge')).draw(JUDGED);
  const before = await sampledError(bag, source, judge);
  for (let step = 0; step < steps && rate < Infinity; step++) {
    await trainStep(bag, source, {
      ids: sampler.draw(batchSize),
      learningRate: rate * (1 - step / steps),
    });
    onProgress?.({ phase: 'fine-tune', done: step + 1, total: steps });
  }
  // What the last steps began, such as the refresh of a cache, belongs to what they made of the table.
  await bag.settled();
  const after = await sampledError(bag, source, judge);
  if (after < before) return { steps, before, after, kept: true };
  await bag.loadState(stateReader(kept));
  return { steps, before, after, kept: false };
}

async function trainStep(
  bag: EmbeddingBag,
  source: RowSource,
  { ids, learningRate }: { readonly ids: Uint32Array; readonly learningRate: number },
): Promise<void> {
  const target = await rowsOf(source, ids);
  const out = bag.forward({
    indices: ids,
    offsets: Uint32Array.from({ length: ids.length + 1 }, (_, i) => i),
  });
  const rows = await bag.backend.read(out);
  // The gradient of half the squared distance, averaged over the batch.
  const gradOut = rows.map((value, at) => (value - target[at]!) / ids.length);
  bag.backward({ gradOut, learningRate });
}

/** The relative error over some rows; repeated rows count repeatedly. */
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

/** The rows of `ids`, which are ascending, [L, D]. */
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

/** @throws `embeddings/unknown-option`, `embeddings/bad-fine-tuning` */
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

/** @throws `embeddings/not-trainable` */
export function requireTrainable(config: TableConfig, size: TableSize, kinds?: readonly TableKind[]): void {
  if (cost(config, size, undefined, kinds).inferenceOnly !== true) return;
  throw error('not-trainable', {
    subject: 'fine-tuning',
    rule: 'needs a table that can be trained',
    got: config.kind,
    hint: 'Leave fine-tuning out: integers are rounded to the nearest already.',
  });
}
