import type { Backend } from '@ttrec/backend';
import type { Dlrm, DlrmConfig, LabelledBatch } from '@ttrec/dlrm';
import type { Bags, TableConfig } from '@ttrec/embeddings';
import { featuresOf } from '@ttrec/embeddings/model';
import { RandomStream } from '@ttrec/core';
import type { NamedValues } from './reference-dlrm.ts';

const mixedTables: DlrmConfig['tables'] = [
  { name: 'dense', numEmbeddings: 9, config: { kind: 'dense' }, featureNames: ['one', 'another'] },
  {
    name: 'tt',
    numEmbeddings: 31,
    config: { kind: 'tt', ranks: [2, 3] },
    featureNames: ['many'],
    pooling: 'mean',
  },
  {
    name: 'hash',
    numEmbeddings: 1_000_000,
    config: { kind: 'hash', buckets: 7, function: 'modulo', into: { kind: 'tt', cores: 2, ranks: 2 } },
    featureNames: ['hashed'],
  },
];

/** One model of every kind of table, small enough for differences by each number. Two features share the dense table. */
export const mixedModel: DlrmConfig = {
  denseFeatures: 3,
  embeddingDim: 4,
  tables: mixedTables,
  features: ['one', 'many', 'hashed', 'another'],
  bottomMlp: [5],
  topMlp: [6, 4],
  interaction: { kind: 'dot' },
  optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
  seed: 1,
};

/** A model whose one table has this config. */
export function modelOf(
  config: TableConfig,
  numEmbeddings: number,
  more: Partial<DlrmConfig> = {},
): DlrmConfig {
  return {
    ...mixedModel,
    tables: [{ name: 'ids', numEmbeddings, config }],
    features: ['ids'],
    ...more,
  };
}

/** Bags of 0 to 3 ids, dense numbers as log(1 + x) leaves them, labels of both classes. */
export function sampleBatch(
  config: DlrmConfig,
  size: number,
  name = 'batch',
): LabelledBatch<readonly Bags[]> {
  const stream = new RandomStream(9, name);
  const features = featuresOf(config.tables, config.features).map(({ numEmbeddings }) => {
    const lists = Array.from({ length: size }, () =>
      Array.from({ length: stream.nextInteger(4) }, () => stream.nextInteger(numEmbeddings)),
    );
    const offsets = new Uint32Array(size + 1);
    lists.forEach((list, b) => (offsets[b + 1] = offsets[b]! + list.length));
    return { indices: Uint32Array.from(lists.flat()), offsets };
  });
  return {
    size,
    dense: Float32Array.from({ length: size * config.denseFeatures }, () => 3 * stream.nextUniform()),
    features,
    labels: Float32Array.from({ length: size }, (_, b) => b % 2),
  };
}

/** Overwrites every parameter with normal numbers: as initialised, many gradients are too small to weigh. */
export function randomise(backend: Backend, model: Dlrm): void {
  for (const { name, weights } of model.parameters) {
    const stream = new RandomStream(9, name);
    const { rows, cols } = weights;
    backend.write(
      weights,
      Float32Array.from({ length: rows * cols }, () => 0.6 * stream.nextNormal()),
    );
  }
}

/** Every parameter in float64, by name. */
export async function namedValues(backend: Backend, model: Dlrm): Promise<NamedValues> {
  const entries = model.parameters.map(async ({ name, shape, weights }) => {
    return [name, { shape, data: Float64Array.from(await backend.read(weights)) }] as const;
  });
  return new Map(await Promise.all(entries));
}

/** Every number of a model and its optimizers, to be compared bit for bit. */
export async function everything(backend: Backend, model: Dlrm): Promise<Float32Array[]> {
  return Promise.all(
    model.parameters
      .flatMap(({ weights, state }) => (state ? [weights, state] : [weights]))
      .map((buffer) => backend.read(buffer)),
  );
}
