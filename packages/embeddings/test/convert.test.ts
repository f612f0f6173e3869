import { createCpuBackend } from '@ttrec/backend-cpu';
import { normals, singles } from '@ttrec/testkit/backend';
import { cost, EmbeddingBag, type TableConfig } from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { randomise } from './host-values.ts';

const dense = { kind: 'dense' } as const;
const tt = { kind: 'tt', ranks: [3, 5] } as const;
const size = { numEmbeddings: 60, embeddingDim: 8 };

function bagOf(table: TableConfig) {
  const backend = createCpuBackend();
  const bag = new EmbeddingBag({ backend, ...size, table });
  randomise(backend, bag.parameters);
  return { backend, bag };
}

/** ‖new - old‖ / ‖old‖ and the largest difference, of the rows written out. */
async function distance(from: EmbeddingBag, to: EmbeddingBag) {
  const [old, now] = [await from.toDense(), await to.toDense()];
  const differences = old.map((value, at) => now[at]! - value);
  return {
    relativeError: Math.hypot(...differences) / Math.hypot(...old),
    largestError: Math.max(...differences.map(Math.abs)),
  };
}

const hashed = (into: TableConfig): TableConfig => ({ kind: 'hash', buckets: 24, into });
const parts = (hotTable: TableConfig, cold: TableConfig): TableConfig => ({
  kind: 'hot-cold',
  hot: 12,
  hotTable,
  cold,
});

describe.each<[string, TableConfig, TableConfig, 'direct' | 'rows', number]>([
  // As it was, but for float32 sums where rows are computed another way.
  ['tt to dense', tt, dense, 'rows', 0],
  ['dense to dense', dense, dense, 'rows', 0],
  ['tt to tt of the same shape', tt, tt, 'direct', 0],
  ['tt to an empty cache', tt, { kind: 'cached', rows: 4, into: tt }, 'direct', 0],
  ['hash to hash, parts copied', hashed(tt), hashed(tt), 'direct', 0],
  ['low-rank to dense', { kind: 'low-rank', rank: 2 }, dense, 'rows', 0],
  // A decomposition in float64 of float32 rows.
  ['dense to tt of full rank', dense, { kind: 'tt', ranks: 64 }, 'rows', 1e-5],
  ['tt to tt of more ranks', tt, { kind: 'tt', ranks: 8 }, 'rows', 1e-5],
  // Each of 8 numbers off by half a step at most, of which 127, or 7, are the row's largest number, and so below its norm.
  ['dense to int8', dense, { kind: 'int8', into: dense }, 'rows', (Math.sqrt(8) * 0.5) / 127],
  ['dense to int4', dense, { kind: 'int4', into: dense }, 'rows', (Math.sqrt(8) * 0.5) / 7],
  ['tt to int8', tt, { kind: 'int8', into: dense }, 'rows', (Math.sqrt(8) * 0.5) / 127],
  [
    'hot-cold, each part to integers',
    parts(dense, dense),
    parts({ kind: 'int8', into: dense }, { kind: 'int8', into: dense }),
    'rows',
    (Math.sqrt(8) * 0.5) / 127,
  ],
  // Three cores, each off by half a step of its slices, whose largest number is some 2 to 3 times the typical one.
  ['tt to int8 cores', tt, { kind: 'int8', into: tt }, 'direct', 3 * 3 * (0.5 / 127)],
  [
    'hash to hash of int8 cores',
    hashed(tt),
    hashed({ kind: 'int8', into: tt }),
    'direct',
    3 * 3 * (0.5 / 127),
  ],
  [
    'hot-cold of trains, each to int8 cores',
    parts(tt, tt),
    parts({ kind: 'int8', into: tt }, { kind: 'int8', into: tt }),
    'direct',
    3 * 3 * (0.5 / 127),
  ],
])('%s', (_, from, to, way, bound) => {
  test('has the error that is reported, and no more than it must', async () => {
    const { backend, bag } = bagOf(from);
    const { bag: converted, report } = await bag.convert({ table: to });
    const { relativeError, largestError } = await distance(bag, converted);
    expect(report).toMatchObject({ way, rows: 60 });
    expect(report.relativeError).toBeCloseTo(relativeError, 9);
    expect(report.largestError).toBeCloseTo(largestError, 9);
    expect(report.relativeError).toBeLessThanOrEqual(bound);
    expect(converted.cost.bytes).toBe(cost(to, size).bytes);
    bag.dispose();
    converted.dispose();
    expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });
});

test('a cached TT goes back to a TT with what the cached rows learned in its cores', async () => {
  const backend = createCpuBackend();
  const table: TableConfig = { kind: 'cached', rows: 2, into: tt, warmUp: 1, refreshEvery: 1000 };
  const bag = new EmbeddingBag({ backend, ...size, table });
  randomise(backend, bag.parameters);
  const favourites = new Uint32Array(200).fill(8);
  favourites.fill(22, 100);
  for (let step = 0; step < 4; step++) {
    bag.forward(singles(favourites));
    bag.backward({ gradOut: normals(200 * 8, 'grad'), learningRate: 0.03 });
    await bag.settled();
  }
  const cores = bag.parameters.filter(({ name }) => name.startsWith('core'));
  const plain = new EmbeddingBag({ backend, ...size, table: tt });
  for (const [k, { weights }] of cores.entries())
    backend.write(plain.parameters[k]!.weights, await backend.read(weights));
  const { bag: converted, report } = await bag.convert({ table: tt });
  expect(report.way).toBe('direct');
  const errorOf = async (other: EmbeddingBag, id: number) => {
    const [a, b] = [await other.row(id), await bag.row(id)];
    return Math.hypot(...a.map((value, j) => value - b[j]!));
  };
  for (const id of [8, 22])
    expect(await errorOf(converted, id)).toBeLessThan(0.1 * (await errorOf(plain, id)));
  expect(await errorOf(converted, 9)).toBe(0);
});

test('what is not said is as it was', async () => {
  const backend = createCpuBackend();
  const bag = new EmbeddingBag({
    backend,
    ...size,
    table: tt,
    pooling: 'mean',
    optimizer: { rule: 'adagrad' },
    name: 'users',
  });
  const { bag: converted } = await bag.convert({ table: dense });
  expect(converted.table).toEqual(dense);
  expect(converted.parameters[0]!.state).toBeDefined();
  const bags = {
    indices: Uint32Array.of(1, 2),
    offsets: Uint32Array.of(0, 2),
    perSampleWeights: Float32Array.of(1, 1),
  };
  expect(() => converted.forward(bags)).toThrow(
    /feature "users", perSampleWeights: go with sum pooling only/,
  );
});

test('int8 cores come back in floating point as they are read', async () => {
  const { bag } = bagOf(tt);
  const { bag: integers } = await bag.convert({ table: { kind: 'int8', into: tt } });
  const { bag: floats, report } = await integers.convert({ table: tt });
  expect(report).toEqual({ way: 'direct', rows: 60, relativeError: 0, largestError: 0 });
  expect(await floats.toDense()).toEqual(await integers.toDense());
});
