import type { Backend } from '@ttrec/backend';
import { Dlrm, type DlrmConfig, type LabelledBatch } from '@ttrec/dlrm';
import type { Bags } from '@ttrec/embeddings';
import { featuresOf } from '@ttrec/embeddings/model';
import { RandomStream } from '@ttrec/core';

/** `size` rows of random numbers, and bags of 0 to 3 ids, repeated ones among them. */
export function randomBatch(
  config: DlrmConfig,
  size: number,
  stream: RandomStream,
): LabelledBatch<readonly Bags[]> {
  const features = featuresOf(config.tables, config.features).map(({ numEmbeddings }) => {
    const counts = Array.from({ length: size }, () => stream.nextInteger(4));
    const offsets = Uint32Array.from({ length: size + 1 }, (_, b) =>
      counts.slice(0, b).reduce((sum, n) => sum + n, 0),
    );
    const indices = Uint32Array.from({ length: offsets[size]! }, () => stream.nextInteger(numEmbeddings));
    return { indices, offsets };
  });
  return {
    size,
    dense: Float32Array.from(
      { length: size * config.denseFeatures },
      () => stream.nextInteger(2001) / 1000 - 1,
    ),
    labels: Float32Array.from({ length: size }, () => stream.nextInteger(2)),
    features,
  };
}

/** A model after a few steps, so that no weight is where it began. */
export async function trained(backend: Backend, config: DlrmConfig): Promise<Dlrm> {
  const model = new Dlrm({ backend, ...config });
  const stream = new RandomStream(3, 'test/trained');
  for (let step = 0; step < 5; step++) {
    await model.trainStep(randomBatch(config, 32, stream), { learningRate: 0.5 });
  }
  return model;
}
