import { wholeBlock, type Backend, type Block } from '@ttrec/backend';
import type { StepSettings } from '@ttrec/embeddings/kind';
import { updateDense } from './layers/dense-parameter.ts';
import { tableGradients, type Group, type Network, type Pass } from './network.ts';

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

/** Enqueues one optimizer step for everything that has a gradient. @param step for dense parameters */
export function applyUpdate(
  backend: Backend,
  network: Network,
  { collections }: Pass,
  settings: { readonly rates: LearningRates; readonly step: number; readonly clipNorm?: number | undefined },
): void {
  const { rates, step, clipNorm } = settings;
  const rateOf = (group: Group) => rates[group] ?? rates.embeddings;
  const sparse = clipNorm === undefined ? [] : collections.map(tableGradients);
  const clip =
    clipNorm === undefined ? undefined : { squares: sumSquares(backend, network, sparse), norm: clipNorm };
  collections.forEach(({ collection, group, gradOut, firstColumn }, c) => {
    const learningRate = rateOf(group);
    if (clip) collection.update(sparse[c]!, { learningRate, clip });
    else collection.backward(gradOut, { firstColumn, learningRate });
  });
  for (const { parameter, optimizer, group } of network.dense) {
    updateDense(backend, parameter, optimizer, { learningRate: rateOf(group), step, clip });
  }
}

/** Enqueues the sum of squares of every gradient, [1, …] side by side. */
function sumSquares(
  backend: Backend,
  network: Network,
  sparse: readonly ReturnType<typeof tableGradients>[],
): NonNullable<StepSettings['clip']>['squares'] {
  const blocks: Block[] = [
    ...network.dense.map(({ parameter }) => wholeBlock(parameter.gradient)),
    ...sparse.flat(2).map(({ gradients }) => gradients),
  ];
  const squares = network.activations.get('squares', 1, PLACES * Math.ceil(blocks.length / PLACES));
  backend.fill({ out: squares, value: 0 });
  blocks.forEach((a, column) => backend.sumOfSquares({ a, out: { ...squares, column, cols: 1 } }));
  return squares;
}
