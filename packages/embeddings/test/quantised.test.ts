import { createCpuBackend } from '@ttrec/backend-cpu';
import { normals, sampleBags, weighted } from '@ttrec/testkit/backend';
import { cost, denseRows, EmbeddingBag, EmbeddingBagCollection, type TableConfig } from '@ttrec/embeddings';
import { scaledError } from '@ttrec/golden';
import { toDense, ttMatrixOf } from '@ttrec/tensor-train';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomise, readBlock, readState, type ReadTensor } from './host-values.ts';
import { referencePool } from './reference-rows.ts';
import { refusal } from '@ttrec/test-support';

const kinds = [
  { kind: 'int8', largest: 127 },
  { kind: 'int4', largest: 7 },
] as const;

const quantised = (rows: Float32Array, embeddingDim: number, table: TableConfig) =>
  EmbeddingBag.fromDense(denseRows(rows, embeddingDim), { backend: createCpuBackend(), table });

/** The integers of a tensor, two in each byte of U8, the first in the low half. */
function integers({ dtype, data, shape }: ReadTensor, cols: number): number[] {
  if (dtype !== 'U8') return Array.from(data);
  const width = shape[1]!;
  return Array.from({ length: shape[0]! * cols }, (_, at) => {
    const byte = data[Math.floor(at / cols) * width + Math.floor((at % cols) / 2)]!;
    const half = (at % cols) % 2 === 0 ? byte % 16 : Math.floor(byte / 16);
    return half < 8 ? half : half - 16;
  });
}

/** [rows, cols] in float64: integer times scale, from what a checkpoint would hold. */
function numbers([codes, scales]: readonly ReadTensor[]): Float64Array {
  const rows = scales!.data.length;
  const cols = codes!.dtype === 'U8' ? 0 : codes!.data.length / rows;
  return Float64Array.from(integers(codes!, cols), (code, at) => code * scales!.data[Math.floor(at / cols)]!);
}

describe.each(kinds)('$kind rows', ({ kind, largest }) => {
  const table: TableConfig = { kind, into: { kind: 'dense' } };

  test('no number is off by more than half a step, the largest of its row over the grid', async () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    const small = fc.float({ min: -1, max: 1, noNaN: true });
    // Rows of all magnitudes, and of one: odd lengths leave half a byte of int4 over.
    const rows = fc
      .integer({ min: 1, max: 9 })
      .chain((dim) =>
        fc.array(fc.array(fc.oneof(float, small), { minLength: dim, maxLength: dim }), { minLength: 1 }),
      );
    const property = fc.asyncProperty(rows, async (matrix) => {
      const dim = matrix[0]!.length;
      const bag = await quantised(Float32Array.from(matrix.flat()), dim, table);
      const got = await bag.toDense();
      matrix.forEach((row, i) => {
        const magnitude = Math.max(...row.map(Math.abs));
        // The step is rounded to float32, and integer times step once more: 2^-24 each, of at most `magnitude`, the first
        // twice where it must not round up. Below the smallest normal number a step is off by up to 2^-149.
        const bound = magnitude / largest / 2 + magnitude * 2 ** -22 + 2 ** -149 * largest;
        row.forEach((value, j) => {
          expect(Math.abs(got[i * dim + j]! - value)).toBeLessThanOrEqual(bound);
        });
      });
      bag.dispose();
    });
    await fc.assert(property, { numRuns: 100 });
  });

  test('what is on the grid stays as it is, and the largest of a row is', async () => {
    const rows = Float32Array.from({ length: 5 * (2 * largest + 1) }, (_, at) => {
      return ((at % (2 * largest + 1)) - largest) * 2 ** (Math.floor(at / (2 * largest + 1)) - 2);
    });
    const bag = await quantised(rows, 2 * largest + 1, table);
    expect(await bag.toDense()).toEqual(rows);
  });

  test('halves go to the even neighbour, on both sides of zero alike', async () => {
    const rows = Float32Array.of(largest, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5);
    const bag = await quantised(rows, 7, table);
    expect([...(await bag.toDense())]).toEqual([largest, 0, 2, 2, -0, -2, -2].map((value) => value + 0));
  });

  test('rows of zeros stay zeros', async () => {
    const bag = await quantised(new Float32Array(12), 3, table);
    expect(await bag.toDense()).toEqual(new Float32Array(12));
  });

  test.each([1, 4, 5])(
    'a forward pools the numbers that a checkpoint holds, D = %i',
    async (embeddingDim) => {
      const backend = createCpuBackend();
      const rows = normals(40 * embeddingDim, 'rows');
      const bag = await EmbeddingBag.fromDense(denseRows(rows, embeddingDim), { backend, table });
      const [codes, scales] = await readState(bag);
      const stored = integers(codes!, embeddingDim);
      const rowOf = (id: number) =>
        Float64Array.from(
          { length: embeddingDim },
          (_, j) => stored[id * embeddingDim + j]! * scales!.data[id]!,
        );
      const bags = weighted(sampleBags(40));
      const got = await readBlock(backend, bag.forward(bags));
      // As for every forward: float32 sums.
      expect(scaledError(got, referencePool(rowOf, bags, 'sum', embeddingDim))).toBeLessThan(1e-5);
    },
  );

  test.each([1, 4, 5])('costs what its integers and scales take, D = %i', async (embeddingDim) => {
    const size = { numEmbeddings: 13, embeddingDim };
    const bag = new EmbeddingBag({ backend: createCpuBackend(), ...size, table });
    const held = (await readState(bag)).reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(cost(table, size).bytes).toBe(held);
    expect(held).toBe(13 * ((kind === 'int8' ? embeddingDim : Math.ceil(embeddingDim / 2)) + 4));
    expect(bag.parameters).toEqual([]);
  });

  test('the backend holds the rows of a batch, not the table', async () => {
    const backend = createCpuBackend();
    const size = { numEmbeddings: 100_000, embeddingDim: 16 };
    const bag = new EmbeddingBag({ backend, ...size, table });
    bag.forward({ indices: Uint32Array.of(99_999, 5, 5), offsets: Uint32Array.of(0, 3) });
    expect(backend.memory().bytes).toBeLessThan(1000);
    expect(await bag.row(99_999)).toEqual(new Float32Array(16));
  });
});

describe('int8 cores', () => {
  const size = { numEmbeddings: 60, embeddingDim: 8 };
  const tt = { kind: 'tt', ranks: [3, 5] } as const;
  const table: TableConfig = { kind: 'int8', into: tt };

  async function trained() {
    const backend = createCpuBackend();
    const bag = new EmbeddingBag({ backend, ...size, table: tt });
    randomise(backend, bag.parameters);
    return EmbeddingBag.fromDense(bag, { backend, table });
  }

  test('a forward computes the TT of the cores that a checkpoint holds', async () => {
    const bag = await trained();
    const state = await readState(bag);
    const cores = [0, 1, 2].map((k) => state.slice(2 * k, 2 * k + 2));
    const shapes = cores.map(([codes]) => codes!.shape);
    expect(shapes).toEqual([
      [3, 1, 2, 3],
      [4, 3, 2, 5],
      [5, 5, 2, 1],
    ]);
    const shape = {
      rowShape: shapes.map(([p]) => p!),
      colShape: shapes.map(([, , q]) => q!),
      ranks: [1, 3, 5, 1],
    };
    const dense = toDense(ttMatrixOf(shape, cores.map(numbers)));
    expect(scaledError(await bag.toDense(), dense.data)).toBeLessThan(1e-5);
    // Batches that touch some slices of a core, in another order each.
    for (const ids of [[59], [7, 3, 59, 7], [0, 20, 40]]) {
      const want = Float64Array.from(ids.flatMap((id) => [...dense.data.subarray(id * 8, id * 8 + 8)]));
      expect(scaledError(await bag.rows(Uint32Array.from(ids)), want)).toBeLessThan(1e-5);
    }
  });

  test('cost what their integers and a scale a slice take', async () => {
    const bag = await trained();
    const held = (await readState(bag)).reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(cost(table, size).bytes).toBe(held);
    expect(held).toBe(cost(tt, size).parameters + 4 * (3 + 4 + 5));
    expect(cost(table, size).multiplyAddsPerLookup).toBe(cost(tt, size).multiplyAddsPerLookup);
  });

  test('inside a hash', async () => {
    const hashed: TableConfig = {
      kind: 'hash',
      buckets: 7,
      function: 'modulo',
      into: { kind: 'int8', into: { kind: 'dense' } },
    };
    const rows = Float32Array.from({ length: 7 }, (_, i) => 127 * 2 ** i);
    const bag = await quantised(rows, 1, hashed);
    expect(bag.state().map(({ name }) => name)).toEqual(['weight', 'weight.scale']);
    expect(await bag.toDense()).toEqual(rows);
    const forward = () => bag.forward(sampleBags(7), { training: true });
    expect(forward).toThrow(refusal('embeddings/inference-only', 'must be of a kind that trains'));
  });
});

describe('integers are for inference', () => {
  const table: TableConfig = { kind: 'int8', into: { kind: 'dense' } };

  test('a bag infers by default, and refuses to train', () => {
    const bag = new EmbeddingBag({ backend: createCpuBackend(), numEmbeddings: 9, embeddingDim: 2, table });
    const bags = sampleBags(9);
    bag.forward(bags);
    const wanted = refusal(
      'embeddings/inference-only',
      'table "embedding": must be of a kind that trains, got one of integers. Train it as "dense"',
    );
    expect(() => bag.forward(bags, { training: true })).toThrow(wanted);
    const gradOut = new Float32Array((bags.offsets.length - 1) * 2);
    expect(() => bag.backward({ gradOut, learningRate: 1 })).toThrow(wanted);
  });

  test('a collection with one such table infers by default, and refuses before anything is enqueued', () => {
    const backend = createCpuBackend();
    const collection = new EmbeddingBagCollection({
      backend,
      embeddingDim: 2,
      tables: [
        { name: 'a', numEmbeddings: 9, config: { kind: 'dense' } },
        { name: 'b', numEmbeddings: 9, config: table },
      ],
    });
    const bags = [sampleBags(9), sampleBags(9)];
    const rows = bags[0]!.offsets.length - 1;
    const buffer = backend.createBuffer({ dtype: 'float32', rows, cols: 4, label: 'out' });
    const out = { buffer, row: 0, column: 0, rows, cols: 4 };
    const before = backend.memory().bytes;
    expect(() => collection.forward(bags, out, { training: true })).toThrow(
      refusal('embeddings/inference-only', 'table "b"'),
    );
    expect(backend.memory().bytes).toBe(before);
    collection.forward(bags, out);
    expect(collection.state().map(({ name }) => name)).toEqual(['a.weight', 'b.weight', 'b.weight.scale']);
  });

  test.each([
    [
      { kind: 'int8', into: { kind: 'hash', buckets: 3, into: { kind: 'dense' } } },
      'bad-into',
      'into.kind: must be one of dense, tt, got hash.',
    ],
    [{ kind: 'int4', into: { kind: 'tt', ranks: 2 } }, 'bad-into', 'into.kind: must be dense, got tt.'],
    [{ kind: 'int8' }, 'bad-option', 'into: is required and must be an object, got nothing.'],
  ])('%j is refused', (config, code, words) => {
    const price = () => cost(config as TableConfig, { numEmbeddings: 9, embeddingDim: 2 });
    expect(price).toThrow(refusal(`embeddings/${code}`, words));
  });
});
