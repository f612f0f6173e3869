import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfig, type LabelledBatch } from '@ttrec/dlrm';
import type { Bags, TableConfig } from '@ttrec/embeddings';
import { RandomStream, fillUniform } from '@ttrec/core';
import { both, compare, compareGradients, type Check } from '../check.ts';
import type { Workload } from '../contender.ts';
import { makeIds } from '../ids.ts';
import type { EngineName, Hosted, Models } from '../models.ts';
import { copyParameter, referenceTable, type ReferenceTable } from '../reference.ts';

type ListedBatch = LabelledBatch<readonly Bags[]>;

const DENSE_FEATURES = 13;
const SEED = 1;
const LEARNING_RATE = 0.01;
/** The last layer starts at zero, so the layers below it first learn in the second step and show it in the third. */
const CHECK_STEPS = 3;
/** Large, so that what the steps changed shows in the next gradients. */
const CHECK_LEARNING_RATE = 1;

export interface DlrmWork {
  /** Tells the tables apart from those of other cases. */
  readonly name: string;
  readonly tables: readonly { readonly numEmbeddings: number; readonly config: TableConfig }[];
  readonly batchSize: number;
  /** How many batches rotate. */
  readonly batches: number;
  readonly mode: 'train' | 'predict';
}

/** Criteo Kaggle's DLRM: 13-512-256-64-16, one id a table, dot interaction, 512-256-1. */
export async function dlrmWorkload(models: Models, engine: EngineName, work: DlrmWork): Promise<Workload> {
  const hosted = await models.get(engine, `dlrm ${work.name} ${work.mode}`, (backend) =>
    build(backend, work.tables),
  );
  const batches = Array.from({ length: work.batches }, (_, i) => batch(work, i));
  const { backend, model } = hosted;
  return {
    engine: backend.capabilities.engine,
    check: async () => (engine === 'cpu' ? undefined : check(hosted, work, allClicked(batches[0]!))),
    step: (i) => {
      const data = batches[i % batches.length]!;
      return work.mode === 'train'
        ? model.trainStep(data, { learningRate: LEARNING_RATE })
        : model.predict(data);
    },
  };
}

function build(backend: Backend, tables: DlrmWork['tables']): Dlrm {
  const names = tables.map((_, t) => `C${t + 1}`);
  const config: DlrmConfig = {
    denseFeatures: DENSE_FEATURES,
    embeddingDim: 16,
    tables: tables.map((table, t) => ({ name: names[t]!, ...table })),
    features: names,
    bottomMlp: [512, 256, 64],
    topMlp: [512, 256],
    interaction: { kind: 'dot' },
    optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
    seed: SEED,
  };
  return new Dlrm({ backend, ...config });
}

/** The ids of the peers' batch `i`; dense features uniform on [0, 1), labels a coin. */
function batch({ tables, batchSize }: DlrmWork, i: number): ListedBatch {
  const stream = new RandomStream(SEED, `bench/batch/${i}`);
  const dense = new Float32Array(batchSize * DENSE_FEATURES);
  fillUniform(dense, stream);
  const offsets = Uint32Array.from({ length: batchSize + 1 }, (_, b) => b);
  return {
    size: batchSize,
    dense,
    labels: Float32Array.from({ length: batchSize }, () => (stream.nextUniform() < 0.5 ? 1 : 0)),
    features: tables.map(({ numEmbeddings }, t) => ({
      indices: makeIds('uniform', numEmbeddings, batchSize, SEED + 977 * i + 31 * t),
      offsets,
    })),
  };
}

/** With labels of both kinds the last gradients sum to almost nothing once the model knows the base rate. */
function allClicked(batch: ListedBatch): ListedBatch {
  return { ...batch, labels: new Float32Array(batch.size).fill(1) };
}

async function check(hosted: Hosted<Dlrm>, work: DlrmWork, batch: ListedBatch): Promise<Check> {
  const small = work.tables.map(({ config, numEmbeddings }, t) => {
    return { config, ...referenceTable(config, numEmbeddings, batch.features[t]!.indices) };
  });
  const backend = createCpuBackend();
  const model = build(
    backend,
    small.map(({ config, numEmbeddings }) => ({ config, numEmbeddings })),
  );
  await copyModel(hosted, { backend, model }, small);
  const { features } = batch;
  const remapped = features.map(({ offsets }, t) => ({ indices: small[t]!.indices, offsets }));
  const expected = await observe({ backend, model }, { ...batch, features: remapped });
  await backend.dispose();
  const got = await observe(hosted, batch);
  return both(compare(got.outputs, expected.outputs), compareGradients(got.gradients, expected.gradients));
}

async function copyModel(
  from: Hosted<Dlrm>,
  to: Hosted<Dlrm>,
  tables: readonly ReferenceTable[],
): Promise<void> {
  const targets = to.model.parameters;
  for (const [i, parameter] of from.model.parameters.entries()) {
    const table = /^table\.C(\d+)\./.exec(parameter.name)?.[1];
    const rows = table === undefined ? undefined : tables[Number(table) - 1]!.rows;
    await copyParameter(
      { backend: from.backend, parameter },
      { backend: to.backend, parameter: targets[i]! },
      rows,
    );
  }
}

interface Observed {
  readonly outputs: readonly ArrayLike<number>[];
  readonly gradients: readonly ArrayLike<number>[];
}

/**
 * The logits on the way through some steps, what is predicted after them, and the gradient of every parameter there. Each
 * counts on its own scale: logits alone would hide the tables, which move them little.
 */
async function observe({ backend, model }: Hosted<Dlrm>, batch: ListedBatch): Promise<Observed> {
  const outputs: ArrayLike<number>[] = [];
  for (let step = 0; step < CHECK_STEPS; step++) {
    const { logits } = await model.trainStep(batch, { learningRate: CHECK_LEARNING_RATE });
    outputs.push(logits);
  }
  outputs.push(await model.predict(batch, { output: 'logits' }));
  const gradients: ArrayLike<number>[] = [];
  const { dense, tables } = model.gradients(batch);
  for (const { gradient } of dense) gradients.push(await backend.read(gradient));
  for (const { gradients: block } of tables.flat()) {
    const { buffer, row, rows, cols } = block;
    gradients.push(await backend.read(buffer, row * cols, rows * cols));
  }
  return { outputs, gradients };
}
