import type { DlrmConfigInput } from '@ttrec/dlrm';
import { refusal } from '@ttrec/test-support';
import { placeTables, type PlacementOptions } from '@ttrec/training/workers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const sgd = { rule: 'sgd' } as const;
const adagrad = { rule: 'adagrad' } as const;

/** Dense tables of 4, 40 and 400 kB, and a larger one that is compressed. */
const model: DlrmConfigInput = {
  denseFeatures: 0,
  embeddingDim: 10,
  topMlp: [],
  interaction: { kind: 'cat' },
  optimizer: { embeddings: sgd, dense: sgd },
  tables: [
    { name: 'small', numEmbeddings: 100, config: { kind: 'dense' } },
    { name: 'large', numEmbeddings: 10_000, config: { kind: 'dense' } },
    { name: 'medium', numEmbeddings: 1000, config: { kind: 'dense' } },
    { name: 'tt', numEmbeddings: 1_000_000, config: { kind: 'tt', ranks: 2 } },
  ],
};

/** Of all that is not dense. */
const rest = placeTables(model, { workers: 1 }).workerBytes - 444_000;
const kB = (dense: number) => rest + 1000 * dense;

describe('where tables live', () => {
  test.each<[string, PlacementOptions, readonly string[], bytes: number]>([
    ['a worker alone has all', { workers: 1 }, [], kB(444)],
    ['without a limit, every worker has', { workers: 4 }, [], kB(444)],
    ['what fits exactly is whole', { workers: 4, workerMemory: kB(444) }, [], kB(444)],
    ['the largest is divided first', { workers: 4, workerMemory: kB(444) - 1 }, ['large'], kB(144)],
    ['then the next', { workers: 4, workerMemory: kB(114) }, ['large', 'medium'], kB(114)],
    ['and the last', { workers: 4, workerMemory: kB(111) }, ['large', 'medium', 'small'], kB(111)],
    ['on more workers, parts are smaller', { workers: 8, workerMemory: kB(100) }, ['large'], kB(94)],
    ['what is available is the limit too', { workers: 4, availableBytes: kB(200) }, ['large'], kB(144)],
    ['but a given one wins', { workers: 4, availableBytes: 1, workerMemory: kB(500) }, [], kB(444)],
    [
      'what is available refuses nothing',
      { workers: 4, availableBytes: 1 },
      ['large', 'medium', 'small'],
      kB(111),
    ],
    ['what no buffer holds', { workers: 4, maxBufferBytes: 40_000 }, ['large'], kB(144)],
    ['none', { workers: 4, shardedTables: 'none', availableBytes: 1 }, [], kB(444)],
    ['by name', { workers: 4, shardedTables: ['medium'] }, ['medium'], kB(414)],
    ['by name, alone', { workers: 1, shardedTables: ['medium'] }, [], kB(444)],
  ])('%s', (_, options, sharded, workerBytes) => {
    expect(placeTables(model, options)).toEqual({ sharded, workerBytes });
  });

  test.each<[string, PlacementOptions, code: string, words: string]>([
    [
      'too little memory, with the workers that have enough',
      { workers: 4, workerMemory: kB(60) },
      'training/worker-memory',
      `must hold what each of 4 workers needs, ${kB(111)} bytes, got ${kB(60)}. With the dense tables divided among 8 workers, it does; or store large tables as "tt" or "hash".`,
    ],
    [
      'too little for what is compressed',
      { workers: 4, workerMemory: 10 },
      'training/worker-memory',
      'only tables of kind "dense" are divided, and none inside others',
    ],
    [
      'too little for a worker alone',
      { workers: 1, workerMemory: kB(200) },
      'training/worker-memory',
      `must hold what the worker needs, ${kB(444)} bytes`,
    ],
    [
      'a compressed table',
      { workers: 2, shardedTables: ['tt'] },
      'embeddings/bad-sharding',
      'sharded table "tt": must be a table of the model of kind "dense", got tt',
    ],
    [
      'no table, of a worker alone as well',
      { workers: 1, shardedTables: ['users'] },
      'embeddings/bad-sharding',
      'got no table of that name',
    ],
  ])('%s is refused', (_, options, code, words) => {
    expect(() => placeTables(model, options)).toThrow(refusal(code, words));
  });

  test('optimizer state and the weights of a wide term count', () => {
    const bytes = (changes: Partial<DlrmConfigInput>, options: PlacementOptions) =>
      placeTables({ ...model, tables: model.tables.slice(0, 3), ...changes }, options).workerBytes;
    const divided = { workers: 2, shardedTables: ['large'] };
    const state = { optimizer: { embeddings: adagrad, dense: sgd } };
    // As many numbers of state, of which a worker has its part.
    expect(bytes(state, divided) - bytes({}, divided)).toBe(244_000);
    // 11,100 weights; of 10,000 of them a worker has half.
    expect(bytes({ wide: true }, divided) - bytes({}, divided)).toBe(4 * 6100);
  });
});

test('auto divides no table that could be whole, and none beyond what fits', () => {
  const shapes = fc.record({
    rows: fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 6 }),
    workers: fc.integer({ min: 2, max: 8 }),
    share: fc.double({ min: 0, max: 1.2, noNaN: true }),
  });
  fc.assert(
    fc.property(shapes, ({ rows, workers, share }) => {
      const tables = rows.map((numEmbeddings, t) => ({
        name: `t${t}`,
        numEmbeddings,
        config: { kind: 'dense' as const },
      }));
      const own = { ...model, tables };
      const availableBytes = Math.floor(share * placeTables(own, { workers }).workerBytes);
      const { sharded, workerBytes } = placeTables(own, { workers, availableBytes });
      if (sharded.length < tables.length) expect(workerBytes).toBeLessThanOrEqual(availableBytes);
      const fewer = placeTables(own, { workers, shardedTables: sharded.slice(0, -1) });
      if (sharded.length > 0) expect(fewer.workerBytes).toBeGreaterThan(availableBytes);
    }),
  );
});
