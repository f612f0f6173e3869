import { createCpuBackend } from '@ttrec/backend-cpu';
import { normals, recordingBackend, singles } from '@ttrec/testkit/backend';
import {
  cost,
  denseRows,
  EmbeddingBag,
  EmbeddingBagCollection,
  stateReader,
  type OptimizerConfig,
  type TableConfig,
} from '@ttrec/embeddings';
import type { CachedConfig } from '@ttrec/embeddings/configs';
import { scaledError } from '@ttrec/golden';
import { RandomStream } from '@ttrec/core';
import { describe, expect, test } from 'vitest';
import { parameterValues, randomise, readBlock, readState, readTensor } from './host-values.ts';
import { referencePool, referenceRows } from './reference-rows.ts';
import { refusal } from '@ttrec/test-support';

const size = { numEmbeddings: 60, embeddingDim: 8 };
const tt = { kind: 'tt', ranks: [3, 5] } as const;
const table: CachedConfig = { kind: 'cached', rows: 6, into: tt, warmUp: 2, refreshEvery: 3 };
const adagrad: OptimizerConfig = { rule: 'adagrad' };

/** As for every forward: float32 sums. */
const TOLERANCE = 1e-5;

function bagOf(config: TableConfig = table, optimizer = adagrad) {
  const backend = createCpuBackend();
  const bag = new EmbeddingBag({ backend, ...size, table: config, optimizer });
  return { backend, bag };
}

/** Zipf's law with exponent 1 over ids whose popularity drifts: every tenth step the favourites are others. */
function* batches(steps: number, from = 0) {
  for (let step = from; step < from + steps; step++) {
    const stream = new RandomStream(1, `step ${step}`);
    const shift = 17 * Math.floor(step / 10);
    yield Uint32Array.from({ length: 24 }, () => {
      const rank = Math.floor(Math.exp(stream.nextUniform() * Math.log(size.numEmbeddings)));
      return (7 * rank + shift) % size.numEmbeddings;
    });
  }
}

/** One step towards random rows; returns what the forward gave [B, D]. */
async function step({ backend, bag }: ReturnType<typeof bagOf>, ids: Uint32Array, learningRate = 0.1) {
  const out = await readBlock(backend, bag.forward(singles(ids)));
  const gradOut = Float32Array.from(out, (value, at) => {
    return (
      value -
      Math.sin(1 + ids[Math.floor(at / size.embeddingDim)]! * size.embeddingDim + (at % size.embeddingDim))
    );
  });
  bag.backward({ gradOut, learningRate });
  await bag.settled();
  return out;
}

async function cachedIds(bag: EmbeddingBag): Promise<number[]> {
  const [used] = await readTensor(bag, 'cache.used');
  return [...(await readTensor(bag, 'cache.ids')).subarray(0, used)];
}

/** The rows of the table, in float64, from what a checkpoint would hold: those of the TT, and the cached ones over them. */
async function rowsFromParts({ backend, bag }: ReturnType<typeof bagOf>) {
  const cores = bag.parameters.filter(({ name }) => name.startsWith('core'));
  const cache = bag.parameters.filter(({ name }) => name === 'cache.weight');
  const ofTT = referenceRows(tt, await parameterValues(backend, cores));
  const cached = (await parameterValues(backend, cache))[0]!.data;
  const places = new Map((await cachedIds(bag)).map((id, place) => [id, place]));
  return (id: number) => {
    const place = places.get(id);
    return place === undefined ? ofTT(id) : cached.subarray(place * 8, place * 8 + 8);
  };
}

describe('a cached TT', () => {
  test('gives, through its refreshes, what its rows give that are written out', async () => {
    const own = bagOf();
    randomise(own.backend, own.bag.parameters);
    for (const ids of batches(40)) {
      const rowOf = await rowsFromParts(own);
      const dense = await own.bag.toDense();
      const wanted = referencePool(rowOf, singles(ids), 'sum', size.embeddingDim);
      const plain = await EmbeddingBag.fromDense(denseRows(dense, size.embeddingDim), {
        backend: own.backend,
      });
      expect(await plain.rows(ids)).toEqual(await own.bag.rows(ids));
      expect(scaledError(await step(own, ids), wanted)).toBeLessThan(TOLERANCE);
      plain.dispose();
    }
    const { refreshes, evictions } = own.bag.takeCacheStatistics();
    expect(refreshes).toBe(13);
    // The favourites changed, and so did the cached ids: the rows above are those of many fillings.
    expect(evictions).toBeGreaterThan(6);
  });

  test('fills itself: nobody calls anything but forward and backward', async () => {
    // A counter for each id, so that counts are exact.
    const { backend, bag } = bagOf({ ...table, counters: 60 });
    for (const ids of batches(2)) {
      const out = await backend.read(bag.forward(singles(ids)).buffer, 0, ids.length * 8);
      expect(await cachedIds(bag)).toEqual([]);
      bag.backward({ gradOut: out, learningRate: 0 });
    }
    await bag.settled();
    const counts = new Map<number, number>();
    for (const ids of batches(2)) for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    // An id that came once says nothing.
    const often = [...counts].filter(([, n]) => n > 1);
    const favourites = often.sort(([a, n], [b, m]) => m - n || a - b).slice(0, 6);
    expect(await cachedIds(bag)).toEqual(favourites.map(([id]) => id));
  });

  test('fills itself too in a loop that awaits nothing but what it reads', async () => {
    const { backend, bag } = bagOf();
    let before: number[] = [];
    for (const ids of batches(30)) {
      const { buffer } = bag.forward(singles(ids));
      const mapped = await cachedIds(bag);
      const out = await backend.read(buffer, 0, ids.length * 8);
      // Never between a forward and its backward: gradients would go to rows that have changed hands.
      expect(await cachedIds(bag)).toEqual(mapped);
      before = mapped;
      bag.backward({ gradOut: out, learningRate: 0.1 });
    }
    expect(before).toHaveLength(6);
    const own = { backend, bag };
    await bag.settled();
    const rowOf = await rowsFromParts(own);
    const all = Uint32Array.from({ length: 60 }, (_, id) => id);
    expect(scaledError(await bag.toDense(), referencePool(rowOf, singles(all), 'sum', 8))).toBeLessThan(
      TOLERANCE,
    );
  });

  test('changes no row by filling and refilling, where nothing was learned', async () => {
    const own = bagOf();
    randomise(own.backend, own.bag.parameters);
    const before = await own.bag.toDense();
    for (const ids of batches(40)) {
      await step(own, ids, 0);
      // Cached rows are float32 products of the cores, off by some 2^-23, which writing back spreads over a slice.
      expect(scaledError(await own.bag.toDense(), before)).toBeLessThan(1e-5);
    }
    expect(own.bag.takeCacheStatistics().evictions).toBeGreaterThan(6);
  });

  test('trains cached rows as a dense table does, and the others through the cores', async () => {
    const own = bagOf({ ...table, warmUp: 2, refreshEvery: 1000 });
    for (const ids of batches(3)) await step(own, ids);
    const ids = [...batches(1, 3)][0]!;
    const dense = await EmbeddingBag.fromDense(own.bag, { backend: own.backend, optimizer: { rule: 'sgd' } });
    const sgd = bagOf({ ...table, warmUp: 2, refreshEvery: 1000 }, { rule: 'sgd' });
    await copyInto(sgd, own);
    const gradOut = normals(ids.length * 8, 'grad');
    for (const bag of [dense, sgd.bag]) {
      bag.forward(singles(ids));
      bag.backward({ gradOut, learningRate: 0.1 });
    }
    for (const id of await cachedIds(own.bag)) {
      expect(scaledError(await sgd.bag.row(id), await dense.row(id))).toBeLessThan(TOLERANCE);
    }
    const cached = await cachedIds(own.bag);
    const outside = ids.find((id) => !cached.includes(id))!;
    expect(await sgd.bag.row(outside)).not.toEqual(await own.bag.row(outside));
  });

  test('an evicted row takes what it learned back into the cores', async () => {
    const own = bagOf({ ...table, rows: 1, warmUp: 1, refreshEvery: 20, decay: 1 });
    randomise(own.backend, own.bag.parameters);
    const often = (id: number, times: number) => new Uint32Array(times).fill(id);
    await step(own, often(8, 30));
    expect(await cachedIds(own.bag)).toEqual([8]);
    const before = await own.bag.row(8);
    for (let i = 0; i < 19; i++) await step(own, often(8, 1));
    const learned = await own.bag.row(8);
    // Id 31 shares no slice of the last core with id 8, so that training it leaves what is written back alone.
    await step(own, often(31, 200));
    expect(await cachedIds(own.bag)).toEqual([31]);
    const distance = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((value, j) => value - b[j]!));
    const after = await own.bag.row(8);
    expect(distance(learned, before)).toBeGreaterThan(0.5);
    expect(distance(after, learned)).toBeLessThan(0.1 * distance(before, learned));
  });

  test('counts hits', async () => {
    const own = bagOf({ ...table, rows: 2, warmUp: 1, refreshEvery: 1000 });
    await step(own, Uint32Array.of(4, 4, 4, 9, 9, 50));
    expect(own.bag.takeCacheStatistics()).toEqual({ lookups: 6, hits: 0, refreshes: 1, evictions: 0 });
    await step(own, Uint32Array.of(4, 9, 50, 51));
    await own.bag.rows(Uint32Array.of(4, 4, 4));
    expect(own.bag.takeCacheStatistics()).toEqual({ lookups: 4, hits: 2, refreshes: 0, evictions: 0 });
  });
});

/** What a checkpoint carries from one table to another. */
async function copyInto(to: ReturnType<typeof bagOf>, from: ReturnType<typeof bagOf>): Promise<void> {
  // One of them may train with SGD.
  await to.bag.loadState(stateReader(from.bag.state()), { allowUnknown: true });
}

test.each([1, 7, 8, 20])('a restart after %i steps goes on bit for bit', async (at) => {
  const whole = bagOf();
  for (const ids of batches(at)) await step(whole, ids);
  const again = bagOf();
  await copyInto(again, whole);
  for (const ids of batches(30, at)) expect(await step(again, ids)).toEqual(await step(whole, ids));
  expect(await readState(again.bag)).toEqual(await readState(whole.bag));
});

describe('the cost of a cache', () => {
  const paper = { numEmbeddings: 10_131_227, embeddingDim: 16 };
  const big = { kind: 'tt', ranks: 32 } as const;

  test('is what is held and saved', async () => {
    const backend = recordingBackend();
    const bag = new EmbeddingBag({ backend, ...size, table, optimizer: adagrad });
    const { bytes, trainingBytes, parameters } = cost(table, size, adagrad);
    const onHost = await readState({
      state: () => bag.state().filter(({ name }) => /^cache\.(?!weight)/.test(name)),
    });
    const held = (role?: string) =>
      onHost.reduce(
        (sum, tensor) => (role === undefined || tensor.role === role ? sum + tensor.data.byteLength : sum),
        0,
      );
    expect(parameters).toBe(cost(tt, size).parameters + 6 * 8);
    expect(bytes).toBe(4 * parameters + held('model'));
    // The map from ids to places is made anew at a restart: 6 ids in 16 slots of 8 bytes.
    expect(trainingBytes).toBe(backend.recording().allocatedBytes + held() + 16 * 8);
  });

  test('leaves the compression of the paper’s largest table: 327 times without, over 200 times with its cache', () => {
    const dense = cost({ kind: 'dense' }, paper).bytes;
    // 0.01 % of the rows, as in the paper.
    const cached: TableConfig = { kind: 'cached', rows: 1013, into: big };
    expect(Math.round(dense / cost(big, paper).bytes)).toBe(327);
    expect(dense / cost(cached, paper).bytes).toBeGreaterThan(300);
    const training = (config: TableConfig) => cost(config, paper, adagrad).trainingBytes;
    expect(training({ kind: 'dense' }) / training(cached)).toBeGreaterThan(280);
  });

  test('is in proportion to its rows, whatever the table', () => {
    for (const optimizer of [{ rule: 'sgd' }, adagrad] as const) {
      for (const rows of [10, 1000, 100_000]) {
        const config: TableConfig = { kind: 'cached', rows, into: big };
        const more = cost(config, paper, optimizer).trainingBytes - cost(big, paper, optimizer).trainingBytes;
        // Row and state; id and count; a map at most a quarter full; four counters of 8 bytes, at most a quarter full.
        const perRow = (optimizer.rule === 'sgd' ? 64 : 128) + 8 + 32 + 4 * 32;
        expect(more).toBeLessThanOrEqual(rows * perRow + 8 * (200 + 220 + 250) + 44);
      }
    }
  });
});

describe('a cache by gradients', () => {
  const tables: Record<string, CachedConfig> = {
    'over a tt': { ...table, importance: 'gradient' },
    'over a hash': {
      ...table,
      importance: 'gradient',
      into: { kind: 'hash', buckets: 5, into: { kind: 'dense' } },
    },
    'over integers': { ...table, importance: 'gradient', into: { kind: 'low-rank', rank: 2, bits: 8 } },
  };

  /** Ids below 6 come eight times a batch with small gradients, those from 50 to 55 once with large ones. */
  async function trained(config: CachedConfig, backend = createCpuBackend()) {
    const bag = new EmbeddingBag({ backend, ...size, table: config, optimizer: adagrad });
    const ids = Uint32Array.from({ length: 54 }, (_, i) => (i < 48 ? i % 6 : i + 2));
    for (let step = 0; step < 9; step++) {
      bag.forward(singles(ids));
      const noise = normals(ids.length * size.embeddingDim, `step ${step}`);
      const gradOut = noise.map(
        (value, at) => (ids[Math.floor(at / size.embeddingDim)]! < 6 ? 0.01 : 1) * value,
      );
      bag.backward({ gradOut, learningRate: 0.05 });
      await bag.settled();
    }
    return bag;
  }

  test.each(Object.entries(tables))(
    '%s has rows for ids of large gradients, not of many lookups',
    async (_, config) => {
      expect((await cachedIds(await trained(config))).sort()).toEqual([50, 51, 52, 53, 54, 55]);
      const byLookups = await trained({ ...config, importance: 'lookups' });
      expect((await cachedIds(byLookups)).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    },
  );

  test.each(Object.entries(tables))(
    '%s trains alike on an engine that is read asynchronously',
    async (_, config) => {
      const asynchronous = { ...createCpuBackend() };
      delete (asynchronous as { readSync?: unknown }).readSync;
      const [own, other] = [await trained(config), await trained(config, asynchronous)];
      expect(await readState(other)).toEqual(await readState(own));
    },
  );
});

describe('a cache that cannot be', () => {
  test.each<[string, object, string]>([
    ['embeddings/bad-option', { rows: 0 }, 'rows: must be an integer from 1, got 0'],
    ['embeddings/bad-cache', { rows: 60 }, 'rows: must be an integer from 1 to 59, got 60'],
    ['embeddings/bad-option', { warmUp: 0 }, 'warmUp: must be an integer from 1'],
    ['embeddings/bad-option', { refreshEvery: 1.5 }, 'refreshEvery: must be an integer from 1'],
    ['embeddings/bad-cache', { counters: 61 }, 'counters: must be an integer from 1 to 60, got 61'],
    ['embeddings/bad-option', { decay: 0 }, 'decay: must be a number above 0, to 1, got 0'],
    ['embeddings/unknown-kind', { into: { kind: 'dens' } }, 'into.kind: must be one of'],
    [
      'embeddings/bad-option',
      { importance: 'loss' },
      'importance: must be one of lookups, gradient, got loss',
    ],
    ['embeddings/bad-option', { into: undefined }, 'into: is required'],
  ])('%s %j', (code, change, words) => {
    expect(() => cost({ ...table, ...change }, size)).toThrow(refusal(code, words));
  });

  test('row-wise Adagrad is refused, as for the TT inside', () => {
    const price = () => cost(table, size, { rule: 'rowwise-adagrad' });
    expect(price).toThrow(
      refusal('embeddings/unsupported-optimizer', 'trains with sgd, adagrad, adam or ftrl'),
    );
  });
});

test('a collection keeps the cache of each table, wherever it is nested, and disposes of all', async () => {
  const backend = createCpuBackend();
  const collection = new EmbeddingBagCollection({
    backend,
    embeddingDim: 8,
    tables: [
      {
        name: 'a',
        numEmbeddings: 60,
        config: { kind: 'hot-cold', hot: 10, cold: { ...table, rows: 3, counters: 50 } },
      },
      { name: 'b', numEmbeddings: 60, config: { kind: 'dense' } },
    ],
    optimizer: adagrad,
  });
  const matrix = (label: string) => {
    const buffer = backend.createBuffer({ dtype: 'float32', rows: 24, cols: 16, label });
    return { buffer, row: 0, column: 0, rows: 24, cols: 16 };
  };
  const [out, grad] = [matrix('out'), matrix('grad')];
  for (const ids of batches(10)) {
    collection.forward([singles(ids), singles(ids)], out);
    collection.backward(grad, { learningRate: 0.1 });
    await collection.settled();
  }
  expect(new Set(await readTensor(collection, 'a.cold.cache.ids')).size).toBe(3);
  const [statistics, ...others] = collection.takeCacheStatistics();
  expect(others).toEqual([]);
  expect(statistics).toMatchObject({ table: 'a', statistics: { refreshes: 3 } });
  expect(statistics!.statistics.hits).toBeGreaterThan(0);
  for (const { buffer } of [out, grad]) buffer.dispose();
  collection.dispose();
  expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0 });
});

test('fromDense gives the cores all rows, and begins the cache anew', async () => {
  const own = bagOf();
  for (const ids of batches(8)) await step(own, ids);
  const rows = await bagOf(tt).bag.toDense();
  const bag = await EmbeddingBag.fromDense(denseRows(rows, 8), {
    backend: own.backend,
    table,
    optimizer: adagrad,
  });
  expect(await cachedIds(bag)).toEqual([]);
  expect(scaledError(await bag.toDense(), rows)).toBeLessThan(3e-5);
});
