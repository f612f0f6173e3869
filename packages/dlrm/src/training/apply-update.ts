import { wholeBlock, type Backend, type Block } from '@ttrec/backend';
import type { RowGradients } from '@ttrec/embeddings/kind';
import type { StepSettings } from '@ttrec/embeddings/model';
import { updateDense } from './update-dense.ts';
import type { Group } from '../network.ts';
import { tableGradients, type Pass, type TrainingNetwork } from './training-network.ts';

/** A learning rate for each part of a model. */
export interface LearningRates {
  readonly embeddings: number;
  /** Of the MLPs and the cross network. */
  readonly dense: number;
  /** Of the wide term; that of the tables by default. */
  readonly wide?: number | undefined;
}

/** The squares of so many gradients have a place in one buffer, which is as wide as a multiple of this. */
const PLACES = 64;

interface UpdateSettings {
  readonly rates: LearningRates;
  /** Of dense parameters. */
  readonly step: number;
  readonly clipNorm?: number | undefined;
}

/** Gradients of a collection, a list a table. */
type CollectionGradients = ReturnType<typeof tableGradients>;

/** Enqueues one optimizer step for everything that has a gradient. */
export function applyUpdate(
  backend: Backend,
  network: TrainingNetwork,
  { collections }: Pass,
  settings: UpdateSettings,
): void {
  if (settings.clipNorm !== undefined) {
    applyGradients(backend, network, collections.map(tableGradients), settings);
    return;
  }
  for (const { collection, group, gradOut, firstColumn } of collections)
    collection.backward(gradOut, { firstColumn, learningRate: rateOf(settings.rates, group) });
  updateAllDense(backend, network, settings);
}

/** The same from gradients of rows of tables. @param tables one entry a collection */
export function applyRowGradients(
  backend: Backend,
  network: TrainingNetwork,
  tables: readonly (readonly RowGradients[])[],
  settings: UpdateSettings,
): void {
  if (settings.clipNorm !== undefined) {
    const sparse = network.collections.map((collection, c) => collection.gradientsOfRows(tables[c]!));
    applyGradients(backend, network, sparse, settings);
    return;
  }
  network.groups.forEach(({ collection, group }, c) =>
    collection.updateRows(tables[c]!, { learningRate: rateOf(settings.rates, group) }),
  );
  updateAllDense(backend, network, settings);
}

/** The same from gradients of all tables, which are clipped together if the model clips. @param sparse one entry a collection */
function applyGradients(
  backend: Backend,
  network: TrainingNetwork,
  sparse: readonly CollectionGradients[],
  settings: UpdateSettings,
): void {
  const { rates, clipNorm } = settings;
  const clip =
    clipNorm === undefined ? undefined : { squares: sumSquares(backend, network, sparse), norm: clipNorm };
  network.groups.forEach(({ collection, group }, c) =>
    collection.update(sparse[c]!, { learningRate: rateOf(rates, group), clip }),
  );
  updateAllDense(backend, network, settings, clip);
}

function updateAllDense(
  backend: Backend,
  network: TrainingNetwork,
  { rates, step }: UpdateSettings,
  clip?: StepSettings['clip'],
): void {
  for (const { parameter, optimizer, group } of network.dense)
    updateDense(backend, parameter, optimizer, { learningRate: rateOf(rates, group), step, clip });
}

function rateOf(rates: LearningRates, group: Group): number {
  return rates[group] ?? rates.embeddings;
}

/** Enqueues the sum of squares of every gradient, [1, …] side by side. */
function sumSquares(
  backend: Backend,
  network: TrainingNetwork,
  sparse: readonly CollectionGradients[],
): NonNullable<StepSettings['clip']>['squares'] {
  const blocks: Block[] = [
    ...network.dense.map(({ parameter }) => wholeBlock(parameter.gradient)),
    ...sparse.flat(2).map(({ gradients, measured = gradients }) => measured),
  ];
  const squares = network.activations.get('squares', 1, PLACES * Math.ceil(blocks.length / PLACES));
  backend.fill({ out: squares, value: 0 });
  blocks.forEach((a, column) => backend.sumOfSquares({ a, out: { ...squares, column, cols: 1 } }));
  return squares;
}
