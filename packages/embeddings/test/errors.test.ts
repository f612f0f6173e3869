import { createCpuBackend } from '@ttrec/backend-cpu';
import { bagsOf, recordingBackend } from '@ttrec/testkit/backend';
import {
  cost,
  EmbeddingBag,
  tableKinds,
  type Bags,
  type EmbeddingBagOptions,
  type OptimizerConfig,
  type TableConfig,
} from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { readBlock } from './host-values.ts';
import { refusal } from '@ttrec/test-support';

const size = { numEmbeddings: 10, embeddingDim: 4 };

function build(options: Partial<EmbeddingBagOptions> = {}) {
  const backend = createCpuBackend();
  return { backend, bag: new EmbeddingBag({ backend, ...size, name: 'C3', ...options }) };
}

describe('bags', () => {
  const good: Bags = bagsOf([[1, 2], [3], []]);
  const offsets = (...values: number[]): Bags => ({ ...good, offsets: Uint32Array.from(values) });

  test.each<[string, Bags, ...string[]]>([
    [
      'embeddings/index-out-of-range',
      bagsOf([[1, 2], [], [3, 10]]),
      'feature "C3", bag 2, position 3: an index must be below numEmbeddings = 10, got 10.',
    ],
    ['embeddings/index-out-of-range', bagsOf([[4294967295]]), 'bag 0, position 0', 'got 4294967295'],
    ['embeddings/offsets-length', offsets(), 'must hold 1 number for 0 bags, got 0', 'include_last_offset'],
    ['embeddings/offsets-not-ascending', offsets(1, 2, 3), 'feature "C3", offsets[0]: must be 0, got 1'],
    ['embeddings/offsets-not-ascending', offsets(0, 2, 1, 3), 'offsets[2]: must not be below offsets[1] = 2'],
    [
      'embeddings/offsets-not-ascending',
      offsets(0, 2, 2),
      'offsets[2]: must be the number of indices, 3, got 2',
    ],
    [
      'embeddings/weights-length',
      { ...good, perSampleWeights: new Float32Array(2) },
      'feature "C3", perSampleWeights: must hold one weight for each of the 3 indices, got 2',
    ],
    [
      'embeddings/weights-not-finite',
      { ...good, perSampleWeights: Float32Array.of(1, Number.NaN, 1) },
      'feature "C3", perSampleWeights[1]: must be a finite number, got NaN',
    ],
    [
      'embeddings/bad-bags',
      { ...good, indices: Int32Array.of(-1, 1, 2) as unknown as Uint32Array },
      'feature "C3", indices: must be a Uint32Array, got Int32Array',
    ],
    [
      'embeddings/bad-bags',
      { ...good, offsets: [0, 1, 3] as unknown as Uint32Array },
      'feature "C3", offsets: must be a Uint32Array, got Array',
    ],
    [
      'embeddings/bad-bags',
      { ...good, perSampleWeights: new Float64Array(3) as unknown as Float32Array },
      'perSampleWeights: must be a Float32Array, got Float64Array',
    ],
  ])('%s', (code, bags, ...words) => {
    expect(() => build().bag.forward(bags)).toThrow(refusal(code, ...words));
  });

  test('weights with mean', () => {
    const bags = { ...good, perSampleWeights: new Float32Array(3) };
    expect(() => build({ pooling: 'mean' }).bag.forward(bags)).toThrow(
      refusal('embeddings/weights-with-mean', 'feature "C3"', 'go with sum pooling only, got mean'),
    );
  });
});

describe.each<[string, TableConfig]>([
  ['dense', { kind: 'dense' }],
  ['tt', { kind: 'tt', ranks: 2 }],
  ['hash', { kind: 'hash', buckets: 3, into: { kind: 'dense' } }],
])('a refused forward of %s', (_, table) => {
  test('enqueues nothing, changes nothing, and the forward before it can still be trained', async () => {
    const backend = recordingBackend(createCpuBackend());
    const bag = new EmbeddingBag({ backend, ...size, table });
    const other = build({ name: 'embedding', table });
    const bags = bagsOf([[1, 9], [9]]);
    const gradOut = new Float32Array(8).fill(1);
    bag.forward(bags);
    other.bag.forward(bags);
    backend.reset();
    expect(() => bag.forward(bagsOf([[1], [10]]))).toThrow(refusal('embeddings/index-out-of-range'));
    expect(backend.recording()).toMatchObject({ calls: [], allocations: 0, writtenBytes: 0 });
    bag.backward({ gradOut, learningRate: 0.1 });
    other.bag.backward({ gradOut, learningRate: 0.1 });
    expect(await readBlock(backend, bag.forward(bags))).toEqual(
      await readBlock(other.backend, other.bag.forward(bags)),
    );
  });
});

describe('backward', () => {
  const withoutForward = refusal(
    'embeddings/backward-without-forward',
    'backward of table "C3": must follow a forward in training mode, once',
  );
  const gradOut = new Float32Array(4);

  test('before any forward', () => {
    expect(() => build().bag.backward({ gradOut, learningRate: 1 })).toThrow(withoutForward);
  });

  test('after a forward without training', () => {
    const { bag } = build();
    bag.forward(bagsOf([[1]]), { training: false });
    expect(() => bag.backward({ gradOut, learningRate: 1 })).toThrow(withoutForward);
  });

  test('twice', () => {
    const { bag } = build();
    bag.forward(bagsOf([[1]]));
    bag.backward({ gradOut, learningRate: 1 });
    expect(() => bag.backward({ gradOut, learningRate: 1 })).toThrow(withoutForward);
  });

  test.each([Number.NaN, Infinity, -0.1])(
    'with the learning rate %f changes nothing',
    async (learningRate) => {
      const { backend, bag } = build();
      const before = await backend.read(bag.parameters[0]!.weights);
      bag.forward(bagsOf([[1]]));
      expect(() => bag.backward({ gradOut: new Float32Array(4).fill(1), learningRate })).toThrow(
        refusal(
          'embeddings/bad-learning-rate',
          `learningRate: must be a finite number from 0, got ${learningRate}`,
        ),
      );
      expect(await backend.read(bag.parameters[0]!.weights)).toEqual(before);
    },
  );

  test('with a gradient of the wrong length or without a number, then with the right one', () => {
    const { bag } = build();
    bag.forward(bagsOf([[1], [2]]));
    expect(() => bag.backward({ gradOut, learningRate: 1 })).toThrow(
      refusal('embeddings/gradient-length', '"C3" gradOut: must be [2, 4], 8 numbers, got 4'),
    );
    expect(() => bag.backward({ gradOut: new Float32Array(8).fill(Infinity, 5), learningRate: 1 })).toThrow(
      refusal('embeddings/gradient-not-finite', '"C3" gradOut[5]: must be a finite number, got Infinity'),
    );
    bag.backward({ gradOut: new Float32Array(8), learningRate: 1 });
  });

  test('with a block of the wrong shape, then of the right one', () => {
    const { backend, bag } = build();
    const out = bag.forward(bagsOf([[1], [2]]));
    const buffer = backend.createBuffer({ dtype: 'float32', rows: 2, cols: 4, label: 'gradOut' });
    const block = { ...out, buffer };
    expect(() => bag.backward({ gradOut: { ...block, rows: 1 }, learningRate: 1 })).toThrow(
      refusal('embeddings/gradient-shape', 'gradOut: must be a float32 block of 2 rows, got 1 x 4'),
    );
    bag.backward({ gradOut: block, learningRate: 1 });
  });
});

describe('configs', () => {
  const dense = { kind: 'dense' } as const;
  const hash = (fields: object) => ({ kind: 'hash', buckets: 5, into: dense, ...fields });
  const composed = (fields: object) => ({
    kind: 'compositional',
    method: 'hashes',
    buckets: 5,
    combine: 'sum',
    ...fields,
  });

  test.each<[string, unknown, ...string[]]>([
    [
      'embeddings/unknown-kind',
      { kind: 'dens' },
      `one of ${tableKinds.join(', ')}, got dens. Did you mean "dense"?`,
    ],
    ['embeddings/unknown-kind', { kind: 'constructor' }, 'got constructor'],
    ['embeddings/unknown-kind', { ranks: 4 }, 'table config', 'is required', 'got nothing'],
    ['embeddings/unknown-kind', hash({ into: { kind: 'hahs' } }), 'Did you mean "hash"?'],
    [
      'embeddings/bad-option',
      hash({ buckets: 0 }),
      'table kind "hash", buckets: must be an integer from 1 to 4294967296, got 0',
    ],
    ['embeddings/bad-option', hash({ buckets: 2.5 }), 'got 2.5'],
    ['embeddings/bad-option', hash({ buckets: 2 ** 32 + 1 }), 'from 1 to 4294967296, got 4294967297'],
    ['embeddings/bad-option', hash({ buckets: undefined }), 'buckets: is required', 'got nothing'],
    ['embeddings/bad-option', hash({ function: 'module' }), 'must be one of mix, modulo, got module'],
    ['embeddings/bad-option', hash({ seed: -1 }), 'from 0 to 4294967295, got -1'],
    ['embeddings/bad-option', hash({ into: undefined }), 'table kind "hash", into', 'got nothing'],
    ['embeddings/bad-option', { kind: 'tt' }, 'table kind "tt", ranks: is required', 'got nothing'],
    [
      'embeddings/bad-option',
      { kind: 'tt', ranks: '32' },
      'must be an integer from 1 to 65536, or a list, got "32"',
    ],
    ['embeddings/bad-option', { kind: 'tt', ranks: 0 }, 'got 0'],
    ['embeddings/bad-option', hash({ probes: 0 }), 'from 1 to 16, got 0'],
    [
      'embeddings/bad-probes',
      hash({ probes: 2, function: 'modulo' }),
      'must be 1 with the function "modulo", got 2',
      'There is one "modulo"',
    ],
    ['embeddings/bad-hot', { kind: 'hot-cold', hot: 10, cold: dense }, 'from 1 to 9', 'got 10', '"dense"'],
    ['embeddings/bad-option', { kind: 'hot-cold', cold: dense }, 'hot: is required', 'got nothing'],
    ['embeddings/bad-option', { kind: 'hot-cold', hot: 3 }, 'cold: is required', 'got nothing'],
    ['embeddings/bad-dim', { kind: 'low-rank', rank: 5 }, '"low-rank", rank', 'embedding dimension 4, got 5'],
    ['embeddings/bad-option', { kind: 'mixed-dimension', into: dense }, 'dim: is required', 'got nothing'],
    ['embeddings/bad-option', composed({ method: 'hash' }), 'quotient-remainder, hashes, got hash'],
    ['embeddings/bad-option', composed({ combine: 'max' }), 'product, sum, concatenate, got max'],
    ['embeddings/bad-option', composed({ buckets: 0 }), 'buckets: must', 'got 0'],
    ['embeddings/bad-option', composed({ hashes: 1 }), 'hashes: must', 'from 2 to 16, got 1'],
    ['embeddings/bad-option', composed({ seed: 0.5 }), 'seed: must', 'got 0.5'],
    [
      'embeddings/bad-composition',
      composed({ hashes: 5, combine: 'concatenate' }),
      'must leave each of the 5 tables a column of 4',
    ],
    ['tensor-train/bad-ranks', { kind: 'tt', ranks: [2, 2, 2] }, 'for 3 cores'],
    ['tensor-train/too-few-rows', { kind: 'tt', ranks: 2, rowShape: [3, 3, 1] }, 'at least the 10 rows'],
    ['tensor-train/wrong-columns', { kind: 'tt', ranks: 2, colShape: [2, 2, 2] }, 'exactly the 4 columns'],
  ])('%s', (code, config, ...words) => {
    expect(() => cost(config as TableConfig, size)).toThrow(refusal(code, ...words));
    const backend = recordingBackend();
    const table = config as TableConfig;
    expect(() => new EmbeddingBag({ backend, ...size, table })).toThrow(refusal(code));
    expect(backend.recording().allocations, 'buffers made before it was refused').toBe(0);
  });

  test.each([
    [{ numEmbeddings: 0 }, 'numEmbeddings: must be an integer from 1 to 4294967296, got 0'],
    [{ numEmbeddings: 2 ** 32 + 1 }, 'got 4294967297'],
    [{ numEmbeddings: 1.5 }, 'got 1.5'],
    [{ embeddingDim: 0 }, 'embeddingDim: must be an integer from 1, got 0'],
    [{ embeddingDim: Number.NaN }, 'got NaN'],
  ])('embeddings/bad-size %o', (change, words) => {
    expect(() => cost(dense, { ...size, ...change })).toThrow(refusal('embeddings/bad-size', words));
  });

  test.each([-1, 0, Number.NaN, Infinity])('embeddings/bad-epsilon %f', (epsilon) => {
    for (const rule of ['adagrad', 'rowwise-adagrad', 'adam', 'ftrl'] as const) {
      expect(() => cost(dense, size, { rule, epsilon })).toThrow(
        refusal('embeddings/bad-epsilon', `optimizer epsilon: must be a number above 0, got ${epsilon}`),
      );
    }
  });

  test('an epsilon of sgd, which has none', () => {
    expect(() => cost(dense, size, { rule: 'sgd', epsilon: 1 })).toThrow(
      refusal('embeddings/bad-optimizer', 'optimizer epsilon: goes with adagrad, adam', 'got sgd'),
    );
  });

  test('an unknown rule of the optimizer', () => {
    expect(() => cost(dense, size, { rule: 'adagard' } as unknown as OptimizerConfig)).toThrow(
      refusal(
        'embeddings/bad-option',
        'optimizer, rule: must be one of sgd, adagrad, rowwise-adagrad, adam, rowwise-adam, ftrl, got adagard. Did you mean "adagrad"?',
      ),
    );
    expect(() => cost(dense, size, { rule: 'lion' } as unknown as OptimizerConfig)).toThrow(
      refusal('embeddings/bad-option', 'got lion.'),
    );
  });

  test.each<[string, TableConfig]>([
    ['tt', { kind: 'tt', ranks: 2 }],
    ['hash to tt', { kind: 'hash', buckets: 5, into: { kind: 'tt', ranks: 2 } }],
  ])('row-wise Adagrad on %s', (_, table) => {
    expect(() => cost(table, size, { rule: 'rowwise-adagrad' })).toThrow(
      refusal(
        'embeddings/unsupported-optimizer',
        'table kind "tt"',
        'got rowwise-adagrad',
        'Choose "adagrad"',
      ),
    );
  });
});
