import { wholeBlock, type Backend } from '@ttrec/backend';
import { normals, sampleBags } from '../backend/index.ts';
import { denseRows, EmbeddingBag, stateReader } from '@ttrec/embeddings';
import type { TableParameter } from '@ttrec/embeddings/kind';
import { buildBag, isSmall, type BuildOptions, type TableUnderTest } from './table-under-test.ts';

/**
 * A table whose numbers weigh, for one as it starts is too near zero to tell right from wrong: with its steps before behind
 * it, if it has any, and normal numbers in all parameters; one of integers is fitted to normal rows.
 */
export async function preparedBag(
  table: TableUnderTest,
  backend: Backend,
  options: BuildOptions = {},
): Promise<EmbeddingBag> {
  const bag = buildBag(table, backend, options);
  if ((bag.cost.inferenceOnly || table.integers) && isSmall(table)) {
    bag.dispose();
    const rows = normals(table.numEmbeddings * table.embeddingDim, 'prepared rows');
    return fittedBag(table, backend, rows, options);
  }
  await takeStepsBefore(table, bag);
  bag.parameters.forEach((parameter, k) => randomise(backend, parameter, k));
  await resetSteps(bag);
  return bag;
}

/** Made of `rows` [N, D]. */
export function fittedBag(
  { config, kinds, embeddingDim }: TableUnderTest,
  backend: Backend,
  rows: Float32Array,
  options: BuildOptions = {},
): Promise<EmbeddingBag> {
  const all = { backend, table: config, kinds, ...options };
  return EmbeddingBag.fromDense(denseRows(rows, embeddingDim), all);
}

/** Steps as a trainer takes them: what each began beside its updates has ended when the next begins. */
export async function takeStepsBefore(table: TableUnderTest, bag: EmbeddingBag): Promise<void> {
  const { stepsBefore = 0, numEmbeddings, embeddingDim } = table;
  for (let step = 0; step < stepsBefore; step++) {
    const bags = sampleBags(numEmbeddings, `before ${step}`);
    bag.forward(bags);
    const gradOut = normals((bags.offsets.length - 1) * embeddingDim, `gradOut before ${step}`);
    bag.backward({ gradOut, learningRate: 0.01 });
    await bag.settled();
  }
}

/** Normal numbers, and optimizer state as at the start. */
function randomise(backend: Backend, { weights, state, lastStep }: TableParameter, k: number): void {
  backend.write(weights, normals(weights.rows * weights.cols, `parameter ${k}`));
  for (const buffer of [state, lastStep]) if (buffer) backend.fill({ out: wholeBlock(buffer), value: 0 });
}

async function resetSteps(bag: EmbeddingBag): Promise<void> {
  const [steps] = bag.state().filter(({ name }) => name === 'optimizer.steps');
  if (steps === undefined) return;
  const reader = stateReader([{ ...steps, data: new Uint32Array(1) }]);
  await bag.loadState(reader, { select: ({ name }) => name === steps.name });
}
