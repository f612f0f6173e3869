import { createCpuBackend } from '@ttrec/backend-cpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { RandomStream } from '@ttrec/core';
import { Dlrm } from '@ttrec/dlrm';
import type { Bags } from '@ttrec/embeddings';
import { afterAll, describe, expect, test } from 'vitest';

const size = 9;
const stream = new RandomStream(3, 'broadcast');
/** One bag of `length` ids a row. */
const bags = (rows: number, length: number, most: number, weighted = false): Bags => ({
  indices: Uint32Array.from({ length: rows * length }, () => stream.nextInteger(most)),
  offsets: Uint32Array.from({ length: rows + 1 }, (_, b) => b * length),
  ...(weighted && {
    perSampleWeights: Float32Array.from({ length: rows * length }, () => stream.nextNormal()),
  }),
});
const repeated = ({ indices, offsets, perSampleWeights }: Bags): Bags => ({
  indices: Uint32Array.from({ length: indices.length * size }, (_, i) => indices[i % indices.length]!),
  offsets: Uint32Array.from({ length: size + 1 }, (_, b) => b * offsets[1]!),
  ...(perSampleWeights && {
    perSampleWeights: Float32Array.from(
      { length: indices.length * size },
      (_, i) => perSampleWeights[i % indices.length]!,
    ),
  }),
});
const numbers = (rows: number) => Float32Array.from({ length: 3 * rows }, () => stream.nextNormal());

describe.each([
  ['cpu', async () => createCpuBackend()],
  ['wasm', createWasmBackend],
] as const)('on %s', async (_, create) => {
  const backend = await create();
  afterAll(() => backend.dispose());
  const model = new Dlrm({
    backend,
    denseFeatures: 3,
    embeddingDim: 4,
    tables: [
      { name: 'users', numEmbeddings: 60, config: { kind: 'tt', ranks: 2 }, featureNames: ['user'] },
      {
        name: 'items',
        numEmbeddings: 40,
        config: { kind: 'hot-cold', hot: 5, cold: { kind: 'dense' } },
        featureNames: ['item', 'history'],
      },
    ],
    bottomMlp: [6],
    topMlp: [7],
    seed: 2,
  });
  const labels = Float32Array.from({ length: size }, (_, i) => i % 2);
  for (let step = 0; step < 3; step++) {
    const features = [bags(size, 1, 60), bags(size, 1, 40), bags(size, 2, 40)];
    await model.trainStep({ size, dense: numbers(size), features, labels }, { learningRate: 0.3 });
  }
  const user = bags(1, 1, 60);
  const history = bags(1, 4, 40, true);
  const [shared, dense] = [numbers(1), numbers(size)];
  const item = bags(size, 1, 40);
  const all = Float32Array.from({ length: 3 * size }, (_, i) => shared[i % 3]!);

  interface Parts {
    readonly dense: Float32Array;
    readonly features: readonly Bags[];
  }

  test.each<[string, Parts, Parts]>([
    [
      'a user and a history for many items of the same table',
      { dense, features: [user, item, history] },
      { dense, features: [repeated(user), item, repeated(history)] },
    ],
    [
      'dense numbers',
      { dense: shared, features: [repeated(user), item, bags(size, 0, 40)] },
      { dense: all, features: [repeated(user), item, bags(size, 0, 40)] },
    ],
    [
      'an empty history',
      { dense, features: [user, item, bags(1, 0, 40)] },
      { dense, features: [repeated(user), item, bags(size, 0, 40)] },
    ],
    [
      'all of a row',
      { dense: shared, features: [user, history, history] },
      { dense: all, features: [repeated(user), repeated(history), repeated(history)] },
    ],
    ['nothing', { dense, features: [bags(size, 1, 60), item, item] }, { dense, features: [] }],
  ])('shared by all rows gives the bits of rows that repeat it: %s', async (_, given, same) => {
    const expected = { size, ...(same.features.length > 0 ? same : given) };
    const want = await model.predict(expected, { output: 'logits' });
    const got = await model.predict({ size, ...given }, { output: 'logits', broadcast: true });
    expect(got).toEqual(want);
    expect(new Set(got).size).toBeGreaterThan(given.features[1] === item ? 1 : 0);
    // Nor do calls that overlap, of other sizes among them, change it.
    const one = { size: 1, dense: shared, features: [user, bags(1, 1, 40), history] };
    const results = await Promise.all([
      model.predict({ size, ...given }, { output: 'logits', broadcast: true }),
      model.predict(one, { broadcast: true }),
      model.predict({ size, ...given }, { output: 'logits', broadcast: true }),
    ]);
    expect([results[0], results[2]]).toEqual([want, want]);
  });

  test('is refused unless it is asked for, and so are other sizes', async () => {
    const batch = { size, dense: shared, features: [user, item, history] };
    await expect(model.predict(batch)).rejects.toMatchObject({ code: 'dlrm/dense-length' });
    await expect(model.predict({ ...batch, dense })).rejects.toMatchObject({
      code: 'embeddings/offsets-length',
    });
    const two = { ...batch, features: [bags(2, 1, 60), item, history] };
    await expect(model.predict(two, { broadcast: true })).rejects.toMatchObject({
      code: 'embeddings/offsets-length',
    });
    const far = { ...batch, features: [{ ...user, indices: Uint32Array.of(60) }, item, history] };
    await expect(model.predict(far, { broadcast: true })).rejects.toMatchObject({
      code: 'embeddings/index-out-of-range',
    });
  });
});
