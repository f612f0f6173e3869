import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBag, type Bags, type TableConfig } from '@ttrec/embeddings';
import { RandomStream, fillUniform } from '@ttrec/core';
import { compare, type Check } from '../check.ts';
import type { Workload } from '../contender.ts';
import { makeIds, type IdDistribution } from '../ids.ts';
import type { EngineName, Hosted, Models } from '../models.ts';
import { copyParameter, referenceTable } from '../reference.ts';

/** Rows of the largest table of Criteo Kaggle. */
export const ROWS = 10_131_227;
const SEED = 1;
/** Large, so that a wrong gradient shows in what the table returns next. */
const CHECK_LEARNING_RATE = 1;

export interface BagWork {
  readonly table: TableConfig;
  readonly embeddingDim: number;
  readonly numEmbeddings: number;
  readonly bags: number;
  readonly perBag: number;
  readonly ids: IdDistribution;
  /** How many batches rotate. */
  readonly batches: number;
  readonly mode: 'train' | 'forward';
  readonly learningRate: number;
}

/** One `EmbeddingBag`: forward, or forward, backward and an SGD step. */
export async function bagWorkload(models: Models, engine: EngineName, work: BagWork): Promise<Workload> {
  const { table, numEmbeddings, embeddingDim } = work;
  // A forward is measured on weights that no case has trained.
  const key = JSON.stringify({ table, numEmbeddings, embeddingDim, mode: work.mode });
  const hosted = await models.get(engine, `bag ${key}`, (backend) => {
    return new EmbeddingBag({ backend, numEmbeddings, embeddingDim, table, seed: SEED });
  });
  const batches = Array.from({ length: work.batches }, (_, i) => batch(work, i));
  const gradOut = gradient(work);
  const opposite = gradOut.map((value) => -value);
  const { backend, model } = hosted;
  // Of all turns together: turns of a few steps would all move the weights one way.
  let steps = 0;
  return {
    engine: backend.capabilities.engine,
    check: async () =>
      engine === 'cpu' || engine === 'dry' ? undefined : check({ hosted, work, bags: batches[0]!, gradOut }),
    step: () => {
      const i = steps++;
      const bags = batches[i % batches.length]!;
      model.forward(bags, { training: work.mode === 'train' });
      if (work.mode === 'train') {
        // What a batch moves in one pass over all of them it moves back in the next: however long it runs, weights stay finite.
        const pass = Math.floor(i / batches.length);
        model.backward({ gradOut: pass % 2 === 0 ? gradOut : opposite, learningRate: work.learningRate });
      }
      return backend.sync();
    },
  };
}

/** The ids of the peers' batch `i`. */
function batch({ bags, perBag, ids, numEmbeddings }: BagWork, i: number): Bags {
  return {
    indices: makeIds(ids, numEmbeddings, bags * perBag, SEED * 1000 + i),
    offsets: Uint32Array.from({ length: bags + 1 }, (_, b) => b * perBag),
  };
}

/** dL/dout between 0 and 0.1, as the peers'. */
function gradient({ bags, embeddingDim }: BagWork): Float32Array {
  const gradOut = new Float32Array(bags * embeddingDim);
  fillUniform(gradOut, new RandomStream(SEED, 'bench/gradient'), 0, 0.1);
  return gradOut;
}

async function check(args: {
  readonly hosted: Hosted<EmbeddingBag>;
  readonly work: BagWork;
  readonly bags: Bags;
  readonly gradOut: Float32Array;
}): Promise<Check> {
  const { hosted, work, bags, gradOut } = args;
  const { numEmbeddings, indices, rows } = referenceTable(work.table, work.numEmbeddings, bags.indices);
  const backend = createCpuBackend();
  const { embeddingDim } = work;
  const table = withoutPrefixTable(work.table);
  const model = new EmbeddingBag({ backend, numEmbeddings, embeddingDim, table, seed: SEED });
  for (const [i, parameter] of hosted.model.parameters.entries()) {
    const to = { backend, parameter: model.parameters[i]! };
    await copyParameter({ backend: hosted.backend, parameter }, to, rows);
  }
  const expected = await observe({ backend, model }, { ...bags, indices }, gradOut, work.mode);
  await backend.dispose();
  return compare(await observe(hosted, bags, gradOut, work.mode), expected);
}

/** The reference multiplies the cores for each batch. */
function withoutPrefixTable(table: TableConfig): TableConfig {
  return table.kind === 'tt' ? { ...table, prefixTable: false } : table;
}

/** What the bags give, and when training what one step makes of them. */
async function observe(
  { backend, model }: Hosted<EmbeddingBag>,
  bags: Bags,
  gradOut: Float32Array,
  mode: 'train' | 'forward',
): Promise<Float32Array[]> {
  const training = mode === 'train';
  const before = await forward(backend, model, bags, training);
  if (!training) return [before];
  model.backward({ gradOut, learningRate: CHECK_LEARNING_RATE });
  return [before, await forward(backend, model, bags, training)];
}

function forward(
  backend: Backend,
  model: EmbeddingBag,
  bags: Bags,
  training: boolean,
): Promise<Float32Array> {
  return backend.read(model.forward(bags, { training }));
}
